// SPDX-License-Identifier: MIT
// Time as the server uses it: monotonic for limits, wall clock for logs and Date.
#pragma once

#include <time.h>

#include <chrono>
#include <cstdint>

namespace penstock {

/// CLOCK_MONOTONIC. Deadlines, durations, timers.
using SteadyTime = std::chrono::time_point<std::chrono::steady_clock, std::chrono::nanoseconds>;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;
using namespace std::chrono_literals;

inline SteadyTime steady_now() {
  return std::chrono::steady_clock::now();
}

/// Processor time that the calling thread has used. A system call.
inline nanoseconds thread_cpu_time() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return seconds(time.tv_sec) + nanoseconds(time.tv_nsec);
}

/// Microseconds since the epoch, CLOCK_REALTIME.
inline std::int64_t wall_micros() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace penstock
