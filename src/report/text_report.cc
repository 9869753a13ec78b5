// SPDX-License-Identifier: MIT
#include "report/text_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/text.h"
#include "report/show.h"
#include "report/time_text.h"

namespace penstock::report {
namespace {

constexpr std::array<std::string_view, 9> kHeights{" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
constexpr std::size_t kShape = 12;  // columns of a route's histogram

enum class Colour : std::uint8_t { Plain, Bold, Dim, Blue, Yellow, Red };

class Writer {
 public:
  explicit Writer(const TextStyle& style) : style_(style) {}

  template <class... Args>
  void line(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(out_), format, std::forward<Args>(args)...);
    out_.erase(out_.find_last_not_of(' ') + 1);
    out_ += '\n';
  }
  std::string in(Colour colour, std::string_view text) const {
    constexpr std::array<std::string_view, 6> kCodes{"0", "1", "2", "34", "33", "31"};
    if (!style_.colours || colour == Colour::Plain) return std::string(text);
    return fmt::format("\x1b[{}m{}\x1b[0m", kCodes[static_cast<std::size_t>(colour)], text);
  }
  void heading(std::string_view text) { out_ += '\n' + in(Colour::Bold, text) + '\n'; }
  std::size_t width() const { return std::clamp<std::size_t>(style_.width, 60, 200); }
  std::size_t routes() const { return style_.routes; }
  std::string take() { return std::move(out_); }

 private:
  const TextStyle style_;
  std::string out_;
};

/// A column's height for a value; what is there at all is seen.
std::string_view height(std::uint64_t value, std::uint64_t largest) {
  if (largest == 0) return kHeights[0];
  return kHeights[static_cast<std::size_t>((value * 8 + largest - 1) / largest)];
}

std::string bar(std::uint64_t value, std::uint64_t whole, std::size_t width) {
  const std::size_t filled = whole == 0 ? 0
                                        : static_cast<std::size_t>(static_cast<double>(value) /
                                                                       static_cast<double>(whole) *
                                                                       static_cast<double>(width) +
                                                                   0.5);
  std::string text;
  for (std::size_t i = 0; i < filled; ++i)
    text += "█";
  return text;
}

void write_overview(Writer& out, const Summary& summary) {
  const Group& all = summary.all();
  const std::int64_t span =
      std::max<std::int64_t>(summary.last_second() - summary.first_second(), 1);
  out.line("{}  {} to {}", out.in(Colour::Bold, show_count(all.count) + " requests"),
           show_time(summary.first_second()), show_time(summary.last_second()));
  out.line("{:.1f} a second, {} of bodies sent, {} routes",
           static_cast<double>(all.count) / static_cast<double>(span), show_bytes(all.body_bytes),
           show_count(summary.route_count()));
  constexpr std::array<Colour, 6> kColours{Colour::Dim,   Colour::Dim,    Colour::Plain,
                                           Colour::Plain, Colour::Yellow, Colour::Red};
  std::string classes;
  for (std::size_t i = 0; i < all.by_class.size(); ++i) {
    if (all.by_class[i] == 0) continue;
    const std::string name = i == 0 ? "other" : fmt::format("{}xx", i);
    classes += out.in(kColours[i], fmt::format("{} {} ({})  ", name, show_count(all.by_class[i]),
                                               show_share(all.by_class[i], all.count)));
  }
  out.line("status   {}", classes);
  std::string latency;
  for (const Percentile& percentile : kPercentiles)
    latency += fmt::format("{} {}   ", percentile.name,
                           show_duration(all.latency.quantile(percentile.share)));
  out.line("latency  {}max {}", latency, show_duration(all.latency.largest()));
}

void write_timeline(Writer& out, const Summary& summary) {
  const Timeline timeline = summary.timeline(out.width() - 12);
  std::uint64_t most = 0;
  std::uint64_t most_errors = 0;
  for (const Moment& moment : timeline.moments) {
    most = std::max(most, moment.count);
    most_errors = std::max(most_errors, moment.server_errors);
  }
  std::string requests;
  std::string errors;
  for (const Moment& moment : timeline.moments) {
    requests += height(moment.count, most);
    errors += height(moment.server_errors, most_errors);
  }
  const auto width = static_cast<std::uint64_t>(timeline.width);
  out.heading(fmt::format("Over time, {} a column", width < 60 ? fmt::format("{} s", width)
                                                               : show_duration(width * 1'000'000)));
  out.line("requests  {}", out.in(Colour::Blue, requests));
  out.line("          at most {} in a column ({:.1f} a second)", show_count(most),
           static_cast<double>(most) / static_cast<double>(timeline.width));
  if (most_errors == 0) return;
  out.line("5xx       {}", out.in(Colour::Red, errors));
  out.line("          at most {} in a column", show_count(most_errors));
}

void write_histogram(Writer& out, const Group& all) {
  const std::vector<std::uint64_t> bounds = bars_of(all.latency);
  if (bounds.size() < 2) return;
  out.heading("Latency");
  std::uint64_t most = 0;
  for (std::size_t i = 0; i + 1 < bounds.size(); ++i)
    most = std::max(most, all.latency.between(bounds[i], bounds[i + 1]));
  for (std::size_t i = 0; i + 1 < bounds.size(); ++i) {
    const std::uint64_t count = all.latency.between(bounds[i], bounds[i + 1]);
    out.line("  below {:>8}  {:>12}  {}", show_duration(bounds[i + 1]), show_count(count),
             out.in(Colour::Blue, bar(count, most, out.width() - 36)));
  }
}

void write_steps(Writer& out, const Group& all) {
  if (all.timed == 0) {
    out.line("\n{}", out.in(Colour::Dim,
                            "These lines do not say where the time went: "
                            "--log-timings or --log-json make them."));
    return;
  }
  out.heading("Where the time went");
  const auto steps = steps_of(all.timings);
  std::uint64_t whole = 0;
  for (const Step& step : steps)
    whole += step.micros;
  for (const Step& step : steps) {
    out.line("  {:<8} {:>7}  {:>9}  {:<30}  {}", step.name, show_share(step.micros, whole),
             show_duration(step.micros), bar(step.micros, whole, 30),
             out.in(Colour::Dim, step.meaning));
  }
}

/// A route's latencies over the same bounds as everybody's.
std::string shape_of(const Histogram& latency, const std::vector<std::uint64_t>& bounds) {
  std::vector<std::uint64_t> counts;
  for (std::size_t i = 0; i + 1 < bounds.size(); ++i) {
    const std::size_t column = i * kShape / std::max<std::size_t>(bounds.size() - 1, kShape);
    if (column >= counts.size()) counts.resize(column + 1);
    counts[column] += latency.between(bounds[i], bounds[i + 1]);
  }
  const std::uint64_t most = counts.empty() ? 0 : *std::max_element(counts.begin(), counts.end());
  std::string shape;
  for (const std::uint64_t count : counts)
    shape += height(count, most);
  shape.append(kShape - std::min(kShape, counts.size()), ' ');
  return shape;
}

void write_routes(Writer& out, const Summary& summary) {
  const std::vector<Route> routes = summary.slowest_routes(out.routes());
  const std::vector<std::uint64_t> bounds = bars_of(summary.all().latency);
  out.heading(fmt::format("Routes by their time in all ({} of {})", routes.size(),
                          show_count(summary.route_count())));
  out.line("{}", out.in(Colour::Dim,
                        fmt::format("{:>9} {:>7} {:>11} {:>6} {:>9} {:>9} {:>9} {:>9}  {:<12} {}",
                                    "time", "share", "requests", "5xx", "p50", "p90", "p99", "max",
                                    "latency", "route")));
  for (const Route& route : routes) {
    const Group& group = *route.group;
    std::string name;
    text::append_escaped(name, route.name);
    const std::string errors = fmt::format("{:>6}", show_share(group.errors(), group.count));
    // Alignment counts "µ" as one column, as terminals do.
    out.line("{:>9} {:>7} {:>11} {} {:>9} {:>9} {:>9} {:>9}  {} {}", show_duration(group.micros),
             show_share(group.micros, summary.all().micros), show_count(group.count),
             out.in(group.errors() > 0 ? Colour::Red : Colour::Dim, errors),
             show_duration(group.latency.quantile(0.5)), show_duration(group.latency.quantile(0.9)),
             show_duration(group.latency.quantile(0.99)), show_duration(group.latency.largest()),
             out.in(Colour::Blue, shape_of(group.latency, bounds)), name);
  }
}

void write_others(Writer& out, const Summary& summary) {
  if (summary.messages() > 0)
    out.line("\n{} other lines: messages of the server and the app.",
             show_count(summary.messages()));
  if (summary.broken() == 0) return;
  std::string first;
  text::append_escaped(first, summary.first_broken());
  out.line(
      "\n{} the first is\n  {}",
      out.in(Colour::Yellow, fmt::format("{} lines that look like requests were not understood;",
                                         show_count(summary.broken()))),
      first);
}

}  // namespace

std::string text_report(const Summary& summary, const TextStyle& style) {
  Writer out(style);
  if (summary.all().count == 0) {
    out.line("No requests.");
  } else {
    write_overview(out, summary);
    write_timeline(out, summary);
    write_histogram(out, summary.all());
    write_steps(out, summary.all());
    write_routes(out, summary);
  }
  write_others(out, summary);
  return out.take();
}

}  // namespace penstock::report
