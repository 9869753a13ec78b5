// SPDX-License-Identifier: MIT
// Numbers as people read them, and the sums that every form of the report shows.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "report/summary.h"

namespace penstock::report {

/// "850 us", "12.3 ms", "4.56 s", "3.2 min", "1.5 h"; of microseconds.
std::string show_duration(std::uint64_t micros);
/// "12,345".
std::string show_count(std::uint64_t count);
/// "1.2 MB".
std::string show_bytes(std::uint64_t bytes);
/// "12.3%"; of a whole of 0: "0%".
std::string show_share(std::uint64_t part, std::uint64_t whole);

/// A step of a request and its time in all.
struct Step {
  std::string_view name;
  std::string_view meaning;
  std::uint64_t micros;
};
/// The steps that make up the whole time: app is split into gil, cpu and what it waits for.
std::array<Step, 6> steps_of(const Timings& timings);

/// The bounds of a latency histogram's bars, in microseconds: 1, 2, 5, 10, … from the fastest to
/// the slowest. One more than there are bars.
std::vector<std::uint64_t> bars_of(const Histogram& latency);

/// The percentiles that are shown.
struct Percentile {
  std::string_view name;
  double share;
};
inline constexpr std::array kPercentiles{Percentile{"p50", 0.5}, Percentile{"p90", 0.9},
                                         Percentile{"p95", 0.95}, Percentile{"p99", 0.99},
                                         Percentile{"p99.9", 0.999}};

}  // namespace penstock::report
