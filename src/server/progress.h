// SPDX-License-Identifier: MIT
// How far transfers have come, and until when they have to come further. The loop's thread only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "config/config.h"

namespace penstock::server {

struct Progress {
  SteadyTime begin{};
  SteadyTime moved_at{};    // when bytes moved last
  std::uint64_t moved = 0;  // bytes

  static Progress from(SteadyTime now) { return {now, now, 0}; }

  void add(std::uint64_t bytes, SteadyTime now) {
    moved += bytes;
    moved_at = now;
  }

  /// Bytes have to move within `timeout`, and on the whole at `minimum_rate` bytes a second.
  /// Zero: no such limit.
  std::optional<SteadyTime> due(milliseconds timeout, std::uint64_t minimum_rate) const;
};

/// The incomplete requests of a connection that carries several at once. Each has limits of its
/// own, so that one that stalls is found while others come in.
class Receptions {
 public:
  void begin(std::uint32_t stream, SteadyTime now) {
    list_.push_back({stream, false, Progress::from(now)});
  }
  /// Its head is complete: what comes now is the body.
  void got_head(std::uint32_t stream, SteadyTime now);
  void got_body(std::uint32_t stream, std::size_t bytes, SteadyTime now);
  /// It is complete, or will never be.
  void end(std::uint32_t stream);
  void clear() { list_.clear(); }
  std::size_t count() const { return list_.size(); }

  /// Nothing could be received for so long, through no fault of theirs.
  void pause(nanoseconds time);

  /// When the first of them is late, if any may be.
  std::optional<SteadyTime> due(const config::LimitConfig& limits) const;
  /// One that is late.
  std::optional<std::uint32_t> late(const config::LimitConfig& limits, SteadyTime now) const;

 private:
  struct Reception {
    std::uint32_t stream;
    bool has_head;
    Progress progress;

    std::optional<SteadyTime> due(const config::LimitConfig& limits) const;
  };

  Reception* find(std::uint32_t stream);

  std::vector<Reception> list_;
};

}  // namespace penstock::server
