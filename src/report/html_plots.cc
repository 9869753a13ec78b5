// SPDX-License-Identifier: MIT
#include "report/html_plots.h"

#include <algorithm>
#include <array>
#include <functional>

#include "report/show.h"
#include "report/time_text.h"

namespace penstock::report {
namespace {

// Of the drawing, in its own units; the page scales it.
constexpr double kHeight = 200;
constexpr double kLeft = 64;
constexpr double kRight = 12;
constexpr double kTop = 10;
constexpr double kBottom = 28;
constexpr double kPlotHeight = kHeight - kTop - kBottom;

/// As wide as the page, or half of it: so that texts have one size.
struct Frame {
  double width;
  double plot_width() const { return width - kLeft - kRight; }
};
constexpr Frame kWide{1200};
constexpr Frame kHalf{580};

using ShowValue = std::function<std::string(std::uint64_t)>;

/// A round number that is at least `value`.
std::uint64_t round_up(std::uint64_t value) {
  constexpr std::array<std::uint64_t, 9> kRound{10, 15, 20, 25, 30, 40, 50, 60, 80};
  if (value <= 10) return std::max<std::uint64_t>(value + value % 2, 2);
  for (std::uint64_t decade = 1; decade < UINT64_MAX / 1000; decade *= 10)
    for (const std::uint64_t factor : kRound)
      if (decade * factor >= value) return decade * factor;
  return value;
}

double y_of(std::uint64_t value, std::uint64_t top) {
  return kTop + kPlotHeight * (1 - static_cast<double>(value) / static_cast<double>(top));
}

void begin_plot(Html& html, Frame frame, std::string_view label) {
  html.add(R"(<svg class="plot" viewBox="0 0 {} {}" role="img" aria-label="{}">)", frame.width,
           kHeight, label);
}

void draw_scale(Html& html, Frame frame, std::uint64_t top, const ShowValue& show) {
  for (const std::uint64_t value : {std::uint64_t{0}, top / 2, top}) {
    const double y = y_of(value, top);
    html.add(R"(<line class="grid" x1="{}" x2="{}" y1="{:.1f}" y2="{:.1f}"/>)", kLeft,
             frame.width - kRight, y, y);
    html.add(R"(<text class="tick" x="{}" y="{:.1f}" text-anchor="end">{}</text>)", kLeft - 8,
             y + 4, show(value));
  }
}

void draw_times(Html& html, Frame frame, const Timeline& timeline) {
  constexpr std::size_t kLabels = 5;
  const std::size_t size = timeline.moments.size();
  // Dates only where there are several days.
  const bool days = static_cast<std::int64_t>(size) * timeline.width > 2 * 86400;
  for (std::size_t i = 0; i < kLabels; ++i) {
    const std::size_t index = i * size / kLabels;
    const std::string time =
        show_time(timeline.begin + static_cast<std::int64_t>(index) * timeline.width);
    html.add(R"(<text class="tick" x="{:.1f}" y="{}">{}</text>)",
             kLeft + frame.plot_width() * static_cast<double>(index) / static_cast<double>(size),
             kHeight - 8, days ? time.substr(5, 11) : time.substr(11));
    if (size < kLabels) break;
  }
}

void draw_column(Html& html, std::string_view kind, double x, double width, std::uint64_t from,
                 std::uint64_t to, std::uint64_t top) {
  if (to <= from) return;
  const double y = y_of(to, top);
  html.add(R"(<rect class="{}" x="{:.2f}" width="{:.2f}" y="{:.2f}" height="{:.2f}"/>)", kind, x,
           std::max(width, 0.4), y, y_of(from, top) - y);
}

void draw_tip(Html& html, double x, double width, std::string_view text) {
  html.add(R"(<rect class="hit" x="{:.2f}" width="{:.2f}" y="{}" height="{}" data-tip="{}"/>)", x,
           width, kTop, kPlotHeight, text);
}

std::string time_of(const Timeline& timeline, std::size_t i) {
  return show_time(timeline.begin + static_cast<std::int64_t>(i) * timeline.width);
}

}  // namespace

void plot_requests(Html& html, const Timeline& timeline) {
  std::uint64_t most = 1;
  for (const Moment& moment : timeline.moments)
    most = std::max(most, moment.count);
  const std::uint64_t top = round_up(most);
  begin_plot(html, kWide, "Requests over time");
  draw_scale(html, kWide, top, show_count);
  const double step = kWide.plot_width() / static_cast<double>(timeline.moments.size());
  for (std::size_t i = 0; i < timeline.moments.size(); ++i) {
    const Moment& moment = timeline.moments[i];
    const double x = kLeft + step * static_cast<double>(i);
    const std::uint64_t errors = moment.client_errors + moment.server_errors;
    draw_column(html, "bad", x, step * 0.85, 0, moment.server_errors, top);
    draw_column(html, "odd", x, step * 0.85, moment.server_errors, errors, top);
    draw_column(html, "good", x, step * 0.85, errors, moment.count, top);
    draw_tip(html, x, step,
             fmt::format("{}\n{} requests\n{} 4xx, {} 5xx", time_of(timeline, i),
                         show_count(moment.count), show_count(moment.client_errors),
                         show_count(moment.server_errors)));
  }
  draw_times(html, kWide, timeline);
  html.raw("</svg>");
}

void plot_latency(Html& html, const Timeline& timeline) {
  const auto mean_of = [](const Moment& moment) {
    return moment.count == 0 ? 0 : moment.micros / moment.count;
  };
  std::uint64_t most = 1;
  for (const Moment& moment : timeline.moments)
    most = std::max(most, mean_of(moment));
  const std::uint64_t top = round_up(most);
  begin_plot(html, kHalf, "Mean time of a request over time");
  draw_scale(html, kHalf, top, show_duration);
  const double step = kHalf.plot_width() / static_cast<double>(timeline.moments.size());
  std::string path;
  bool pen_down = false;
  for (std::size_t i = 0; i < timeline.moments.size(); ++i) {
    const Moment& moment = timeline.moments[i];
    const double x = kLeft + step * static_cast<double>(i);
    if (moment.count > 0) {
      path += fmt::format("{}{:.1f} {:.1f}", pen_down ? 'L' : 'M', x + step / 2,
                          y_of(mean_of(moment), top));
      // A moment between two gaps is a dot.
      if (!pen_down) path += "h.01";
      draw_tip(html, x, step,
               fmt::format("{}\nmean {}\n{} requests", time_of(timeline, i),
                           show_duration(mean_of(moment)), show_count(moment.count)));
    }
    pen_down = moment.count > 0;
  }
  html.add(R"(<path class="curve" d="{}"/>)", path);
  draw_times(html, kHalf, timeline);
  html.raw("</svg>");
}

void plot_histogram(Html& html, const Histogram& latency, PlotSize size) {
  const Frame frame = size == PlotSize::Wide ? kWide : kHalf;
  const std::vector<std::uint64_t> bounds = bars_of(latency);
  if (bounds.size() < 2) return;
  std::uint64_t most = 1;
  for (std::size_t i = 0; i + 1 < bounds.size(); ++i)
    most = std::max(most, latency.between(bounds[i], bounds[i + 1]));
  const std::uint64_t top = round_up(most);
  begin_plot(html, frame, "Latency histogram");
  draw_scale(html, frame, top, show_count);
  const std::size_t bars = bounds.size() - 1;
  const double step = frame.plot_width() / static_cast<double>(bars);
  const std::size_t label_every = bars * 55 / static_cast<std::size_t>(frame.width) + 1;
  for (std::size_t i = 0; i < bars; ++i) {
    const std::uint64_t count = latency.between(bounds[i], bounds[i + 1]);
    const double x = kLeft + step * static_cast<double>(i);
    draw_column(html, "good", x + step * 0.05, step * 0.9, 0, count, top);
    draw_tip(html, x, step,
             fmt::format("{} to {}\n{} requests, {}", show_duration(bounds[i]),
                         show_duration(bounds[i + 1]), show_count(count),
                         show_share(count, latency.count())));
    if ((i + 1) % label_every == 0)
      html.add(R"(<text class="tick" x="{:.1f}" y="{}" text-anchor="end">{}</text>)", x + step,
               kHeight - 8, show_duration(bounds[i + 1]));
  }
  html.raw("</svg>");
}

void plot_shape(Html& html, const Histogram& latency, const std::vector<std::uint64_t>& bounds) {
  constexpr double kShapeWidth = 120;
  constexpr double kShapeHeight = 24;
  if (bounds.size() < 2) return;
  std::uint64_t most = 1;
  for (std::size_t i = 0; i + 1 < bounds.size(); ++i)
    most = std::max(most, latency.between(bounds[i], bounds[i + 1]));
  const double step = kShapeWidth / static_cast<double>(bounds.size() - 1);
  html.add(R"(<svg class="shape" viewBox="0 0 {} {}" aria-hidden="true">)", kShapeWidth,
           kShapeHeight);
  for (std::size_t i = 0; i + 1 < bounds.size(); ++i) {
    const std::uint64_t count = latency.between(bounds[i], bounds[i + 1]);
    if (count == 0) continue;
    const double height =
        std::max(kShapeHeight * static_cast<double>(count) / static_cast<double>(most), 1.0);
    html.add(R"(<rect class="good" x="{:.1f}" width="{:.1f}" y="{:.1f}" height="{:.1f}" )"
             R"(data-tip="{} to {}&#10;{} requests"/>)",
             step * static_cast<double>(i), step * 0.9, kShapeHeight - height, height,
             show_duration(bounds[i]), show_duration(bounds[i + 1]), show_count(count));
  }
  html.raw("</svg>");
}

void plot_steps(Html& html, const Group& group, Legend legend) {
  const auto steps = steps_of(group.timings);
  std::uint64_t whole = 0;
  for (const Step& step : steps)
    whole += step.micros;
  if (whole == 0) return;
  html.raw(R"(<div class="steps">)");
  for (const Step& step : steps) {
    if (step.micros == 0) continue;
    html.add(R"(<span class="step {}" style="flex-grow:{}" data-tip="{}: {}&#10;{}, {} a request">)"
             "</span>",
             step.name, step.micros, step.name, step.meaning, show_share(step.micros, whole),
             show_duration(step.micros / std::max<std::uint64_t>(group.timed, 1)));
  }
  html.raw("</div>");
  if (legend == Legend::No) return;
  html.raw(R"(<ul class="legend">)");
  for (const Step& step : steps)
    html.add(
        R"(<li><span class="dot {}"></span><b>{}</b> {} <span class="dim">{}, {} a request</span></li>)",
        step.name, step.name, show_share(step.micros, whole), step.meaning,
        show_duration(step.micros / std::max<std::uint64_t>(group.timed, 1)));
  html.raw("</ul>");
}

}  // namespace penstock::report
