// SPDX-License-Identifier: MIT
#include "report/show.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace penstock::report {
namespace {

std::string three_digits(double value) {
  if (value == std::floor(value) || value >= 99.95) return fmt::format("{:.0f}", value);
  return value < 9.995 ? fmt::format("{:.2f}", value) : fmt::format("{:.1f}", value);
}

}  // namespace

std::string show_duration(std::uint64_t micros) {
  const auto value = static_cast<double>(micros);
  if (micros < 1000) return fmt::format("{} µs", micros);
  if (value < 999.5e3) return three_digits(value / 1e3) + " ms";
  if (value < 60e6) return three_digits(value / 1e6) + " s";
  if (value < 3600e6) return three_digits(value / 60e6) + " min";
  return three_digits(value / 3600e6) + " h";
}

std::string show_count(std::uint64_t count) {
  std::string text = std::to_string(count);
  for (std::size_t at = text.size(); at > 3;) {
    at -= 3;
    text.insert(at, 1, ',');
  }
  return text;
}

std::string show_bytes(std::uint64_t bytes) {
  constexpr std::array<std::string_view, 5> kUnits{"B", "KB", "MB", "GB", "TB"};
  auto value = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; value >= 1024 && unit + 1 < kUnits.size(); ++unit)
    value /= 1024;
  if (unit == 0) return fmt::format("{} B", bytes);
  return fmt::format("{} {}", three_digits(value), kUnits[unit]);
}

std::string show_share(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0 || part == 0) return "0%";
  const double share = 100.0 * static_cast<double>(part) / static_cast<double>(whole);
  if (share < 0.1) return "<0.1%";
  return share >= 99.95 ? fmt::format("{:.0f}%", share) : fmt::format("{:.1f}%", share);
}

std::array<Step, 6> steps_of(const Timings& timings) {
  // The clocks of a processor and of the wall differ a little: no step is less than nothing.
  const std::uint64_t gil = std::min(timings.gil, timings.app);
  const std::uint64_t cpu = std::min(timings.cpu, timings.app - gil);
  return {
      Step{"receive", "until the whole request was here", timings.receive},
      Step{"queue", "waiting for a thread", timings.queue},
      Step{"gil", "waiting for the GIL", gil},
      Step{"cpu", "the app's thread computing", cpu},
      Step{"wait", "the app waiting: databases, other services, sleep", timings.app - gil - cpu},
      Step{"write", "sending the answer", timings.write}};
}

std::vector<std::uint64_t> bars_of(const Histogram& latency) {
  std::vector<std::uint64_t> bounds;
  if (latency.count() == 0) return bounds;
  bool begun = false;
  std::uint64_t lower = 0;
  for (std::uint64_t decade = 100; decade < 1'000'000'000'000; decade *= 10) {
    for (const std::uint64_t factor : {1U, 2U, 5U}) {
      const std::uint64_t upper = decade * factor;
      if (!begun && latency.between(lower, upper) > 0) {
        begun = true;
        bounds.push_back(lower);
      }
      if (begun) bounds.push_back(upper);
      if (begun && upper > latency.largest()) return bounds;
      lower = upper;
    }
  }
  return bounds;
}

}  // namespace penstock::report
