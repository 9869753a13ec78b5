// SPDX-License-Identifier: MIT
#include "report/html_report.h"

#include <algorithm>

#include "report/html.h"
#include "report/html_plots.h"
#include "report/page_assets.h"
#include "report/show.h"
#include "report/time_text.h"

namespace penstock::report {
namespace {

constexpr std::size_t kMoments = 160;

void add_figure(Html& html, std::string_view value, std::string_view name, bool alarm = false) {
  html.add(R"(<div class="figure{}"><b>{}</b><span>{}</span></div>)", alarm ? " alarm" : "", value,
           name);
}

void add_head(Html& html) {
  // Nothing is loaded and nothing is sent, and the browser sees to that as well.
  html.raw(R"(<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">)"
           R"(<meta http-equiv="Content-Security-Policy" content="default-src 'none'; )"
           R"(style-src 'unsafe-inline'; script-src 'unsafe-inline'">)"
           R"(<meta name="viewport" content="width=device-width,initial-scale=1">)"
           R"(<title>Penstock report</title><style>)");
  html.raw(kPageStyle);
  html.raw("</style></head><body><main>");
}

void add_overview(Html& html, const Summary& summary) {
  const Group& all = summary.all();
  const std::int64_t span =
      std::max<std::int64_t>(summary.last_second() - summary.first_second(), 1);
  html.add(R"(<h1>Request report</h1><div class="dim">{} to {}</div><div class="figures">)",
           show_time(summary.first_second()), show_time(summary.last_second()));
  add_figure(html, show_count(all.count), "requests");
  add_figure(html,
             fmt::format("{:.1f}", static_cast<double>(all.count) / static_cast<double>(span)),
             "a second");
  add_figure(html, show_share(all.by_class[4], all.count),
             fmt::format("4xx ({})", show_count(all.by_class[4])));
  add_figure(html, show_share(all.by_class[5], all.count),
             fmt::format("5xx ({})", show_count(all.by_class[5])), all.by_class[5] > 0);
  for (const Percentile& percentile : kPercentiles)
    add_figure(html, show_duration(all.latency.quantile(percentile.share)), percentile.name);
  add_figure(html, show_duration(all.latency.largest()), "slowest");
  add_figure(html, show_bytes(all.body_bytes), "sent");
  html.raw("</div>");
}

std::string width_of(const Timeline& timeline) {
  const auto width = static_cast<std::uint64_t>(timeline.width);
  return width < 60 ? fmt::format("{} s", width) : show_duration(width * 1'000'000);
}

void add_plots(Html& html, const Summary& summary) {
  const Timeline timeline = summary.timeline(kMoments);
  html.add(R"(<section class="card" id="over-time"><h2>Requests and errors over time )"
           R"(<span class="dim">{} a column</span></h2>)",
           width_of(timeline));
  plot_requests(html, timeline);
  html.raw(
      R"(<div class="dim"><span class="dot cpu"></span>answered &nbsp; <span class="dot queue">)"
      R"(</span>4xx &nbsp; <span class="dot gil"></span>5xx</div></section>)");
  html.raw(R"(<div class="pair"><section class="card"><h2>Mean time of a request</h2>)");
  plot_latency(html, timeline);
  html.raw(R"(</section><section class="card"><h2>Latency</h2>)");
  plot_histogram(html, summary.all().latency, PlotSize::Half);
  html.raw("</section></div>");
  html.raw(R"(<section class="card" id="where"><h2>Where the time went</h2>)");
  if (summary.all().timed > 0) {
    plot_steps(html, summary.all(), Legend::Yes);
  } else {
    html.raw(R"(<div class="dim">These lines do not say: <code>--log-timings</code> or )"
             R"(<code>--log-json</code> make them.</div>)");
  }
  html.raw("</section>");
}

void add_cell(Html& html, std::uint64_t value, std::string_view text) {
  html.add(R"(<td data-value="{}">{}</td>)", value, text);
}

void add_route(Html& html, const Route& route, std::uint64_t whole,
               const std::vector<std::uint64_t>& bounds) {
  const Group& group = *route.group;
  const std::string name = html_escaped(route.name);
  html.raw(R"(<tr class="row" tabindex="0" aria-expanded="false">)");
  html.add(R"(<td class="route" data-value="{}">{}</td>)", name, name);
  html.add(
      R"(<td data-value="{}">{} <span class="share" data-tip="{} of all time"><i style="width:{:.1f}%"></i></span></td>)",
      group.micros, show_duration(group.micros), show_share(group.micros, whole),
      whole == 0 ? 0.0 : 100.0 * static_cast<double>(group.micros) / static_cast<double>(whole));
  add_cell(html, group.count, show_count(group.count));
  html.add(R"(<td data-value="{}"{}>{}</td>)", group.errors(),
           group.errors() > 0 ? R"( class="alarm")" : "", show_share(group.errors(), group.count));
  for (const double share : {0.5, 0.9, 0.99}) {
    const std::uint64_t value = group.latency.quantile(share);
    add_cell(html, value, show_duration(value));
  }
  add_cell(html, group.latency.largest(), show_duration(group.latency.largest()));
  html.add(R"(<td data-value="{}">)", group.latency.quantile(0.5));
  plot_shape(html, group.latency, bounds);
  html.raw(R"(</td></tr><tr class="detail" hidden><td colspan="9">)");
  html.add(R"(<div class="dim">{} &nbsp; sent {} &nbsp; )", name, show_bytes(group.body_bytes));
  for (std::size_t i = 1; i < group.by_class.size(); ++i)
    if (group.by_class[i] > 0) html.add("{}xx: {} &nbsp; ", i, show_count(group.by_class[i]));
  for (const Percentile& percentile : kPercentiles)
    html.add("{} {} &nbsp; ", percentile.name,
             show_duration(group.latency.quantile(percentile.share)));
  html.raw("</div>");
  plot_histogram(html, group.latency, PlotSize::Wide);
  if (group.timed > 0) plot_steps(html, group, Legend::Yes);
  html.raw("</td></tr>");
}

void add_routes(Html& html, const Summary& summary, std::size_t most) {
  const std::vector<Route> routes = summary.slowest_routes(most);
  const std::vector<std::uint64_t> bounds = bars_of(summary.all().latency);
  html.add(R"(<section class="card"><input id="filter" type="search" placeholder="Filter routes" )"
           R"(aria-label="Filter routes"><h2>Routes by their time in all <span class="dim">)"
           R"({} of {}; a click shows more</span></h2><div class="scroll"><table id="routes">)",
           routes.size(), show_count(summary.route_count()));
  html.raw(R"(<thead><tr><th class="route">route</th><th aria-sort="descending">time</th>)"
           R"(<th>requests</th><th>5xx</th><th>p50</th><th>p90</th><th>p99</th><th>slowest</th>)"
           R"(<th>latency</th></tr></thead><tbody>)");
  for (const Route& route : routes)
    add_route(html, route, summary.all().micros, bounds);
  html.raw("</tbody></table></div></section>");
}

void add_others(Html& html, const Summary& summary) {
  if (summary.messages() == 0 && summary.broken() == 0) return;
  html.add(R"(<section class="card dim" id="others">{} other lines: messages of the server and )"
           "the app.",
           show_count(summary.messages()));
  if (summary.broken() > 0)
    html.add(R"( {} lines that look like requests were not understood; the first is<pre>{}</pre>)",
             show_count(summary.broken()), html_escaped(summary.first_broken()));
  html.raw("</section>");
}

}  // namespace

std::string html_report(const Summary& summary, std::size_t routes) {
  Html html;
  add_head(html);
  if (summary.all().count == 0) {
    html.raw("<h1>Request report</h1><p>No requests.</p>");
  } else {
    add_overview(html, summary);
    add_plots(html, summary);
    add_routes(html, summary, routes);
  }
  add_others(html, summary);
  html.raw(R"(</main><div id="tip"></div><script>)");
  html.raw(kPageScript);
  html.raw("</script></body></html>\n");
  return html.take();
}

}  // namespace penstock::report
