// SPDX-License-Identifier: MIT
#include "load/cpu_clock.h"

#include <string>

namespace penstock::bench {

Result<CpuClock> CpuClock::of(const std::vector<pid_t>& processes) {
  CpuClock result;
  for (const pid_t process : processes) {
    clockid_t clock{};
    if (const int error = ::clock_getcpuclockid(process, &clock); error != 0) {
      return os_error_about("process " + std::to_string(process), "clock_getcpuclockid", error);
    }
    result.clocks_.push_back(clock);
  }
  return result;
}

std::chrono::nanoseconds CpuClock::now() const {
  std::chrono::nanoseconds sum{0};
  for (const clockid_t clock : clocks_) {
    timespec time{};
    if (::clock_gettime(clock, &time) == 0) {
      sum += std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
    }
  }
  return sum;
}

}  // namespace penstock::bench
