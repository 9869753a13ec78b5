// SPDX-License-Identifier: MIT
// How long to wait before a process that died is started again. Pure.
#pragma once

#include <optional>

#include "base/clock.h"

namespace penstock::supervisor {

/// One process that is kept alive. A death after a life is answered at once; one that follows
/// another too quickly is a sign that the next start will fail as well, so it waits longer.
class BackOff {
 public:
  static constexpr milliseconds kYoung = 1000ms;  // died before this age: the start failed
  static constexpr milliseconds kFirst = 100ms;   // after the first failed start
  static constexpr milliseconds kLongest = 5000ms;

  /// The process died. `age`: since it was ready; nothing if it never was.
  milliseconds after_death(std::optional<nanoseconds> age);

 private:
  milliseconds next_ = kFirst;
};

}  // namespace penstock::supervisor
