// SPDX-License-Identifier: MIT
// The delay doubles with every failed start in a row.
#include "supervisor/back_off.h"

#include <algorithm>
#include <utility>

namespace penstock::supervisor {

milliseconds BackOff::after_death(std::optional<nanoseconds> age) {
  if (age && *age >= kYoung) {
    next_ = kFirst;
    return 0ms;
  }
  return std::exchange(next_, std::min(next_ * 2, kLongest));
}

}  // namespace penstock::supervisor
