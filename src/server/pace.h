// SPDX-License-Identifier: MIT
// How fast the app is, and so whether the loop should be handed over before it is called.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/clock.h"

namespace penstock::server {

/// An app that waits (for a database, say) should run beside the loop from the start; one that
/// computes gains nothing by it, and a quick one loses the hand-over's 10 to 50 µs. Measures every
/// 16th call.
class Pace {
 public:
  /// Whether the next call is worth a hand-over of the loop beforehand. Any thread.
  bool hand_over_first() const { return waits_.load(std::memory_order_relaxed); }

  /// Whether to measure the next call; once a call, by the leader.
  bool sample() { return (calls_++ & 15U) == 0; }

  /// A measured call took `wall`, of which its thread ran `cpu`. One thread at a time.
  void measured(nanoseconds wall, nanoseconds cpu);

 private:
  static constexpr nanoseconds kWorthwhile{200'000};
  std::uint32_t calls_ = 0;
  nanoseconds wall_{0};  // moving averages
  nanoseconds cpu_{0};
  std::atomic<bool> waits_{false};
};

}  // namespace penstock::server
