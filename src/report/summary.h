// SPDX-License-Identifier: MIT
// What a log says about an app: counts, times and sizes, as a whole, over time and by route.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "report/histogram.h"
#include "report/line.h"

namespace penstock::report {

/// Requests with something in common.
struct Group {
  std::uint64_t count = 0;
  std::array<std::uint64_t, 6> by_class{};  // by the status's first digit; 0: none of 1 to 5
  std::uint64_t micros = 0;
  std::uint64_t body_bytes = 0;
  Histogram latency;
  std::uint64_t timed = 0;  // those whose line says where the time went
  Timings timings;          // their sums

  void add(const Line& line);
  std::uint64_t errors() const { return by_class[5]; }
};

struct Moment {
  std::uint64_t count = 0;
  std::uint64_t client_errors = 0;
  std::uint64_t server_errors = 0;
  std::uint64_t micros = 0;
};

/// The requests of each span of `width` seconds, from the first to the last, gaps as well.
struct Timeline {
  std::int64_t begin = 0;
  std::int64_t width = 1;
  std::vector<Moment> moments;
};

struct Route {
  std::string_view name;
  const Group* group;
};

class Summary {
 public:
  /// One line of a log, without its line feed.
  void add(std::string_view text);

  const Group& all() const { return all_; }
  std::uint64_t messages() const { return messages_; }
  std::uint64_t broken() const { return broken_; }
  const std::string& first_broken() const { return first_broken_; }
  std::int64_t first_second() const { return moments_.empty() ? 0 : moments_.begin()->first; }
  std::int64_t last_second() const { return last_second_; }
  std::size_t route_count() const { return routes_.size(); }

  /// The routes that took the most time in all, at most `most`; those behind them are left out.
  std::vector<Route> slowest_routes(std::size_t most) const;

  /// At most `most` moments of a round width.
  Timeline timeline(std::size_t most) const;

 private:
  /// So that a log of invented paths does not take all memory.
  static constexpr std::size_t kMostRoutes = 20'000;
  static constexpr std::size_t kMostMoments = 20'000;

  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };

  Group& route_of(const Line& line);
  void count_moment(const Line& line);
  void widen_moments();

  LineReader reader_;
  Group all_;
  std::unordered_map<std::string, Group, Hash, std::equal_to<>> routes_;
  std::map<std::int64_t, Moment> moments_;  // by their first second
  std::int64_t width_ = 1;
  std::int64_t last_second_ = 0;
  Moment* latest_ = nullptr;  // and its first second: most lines fall into the same
  std::int64_t latest_begin_ = 0;
  std::string route_name_;
  std::uint64_t messages_ = 0;
  std::uint64_t broken_ = 0;
  std::string first_broken_;
};

}  // namespace penstock::report
