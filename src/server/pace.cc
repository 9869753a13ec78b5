// SPDX-License-Identifier: MIT
#include "server/pace.h"

namespace penstock::server {

void Pace::measured(nanoseconds wall, nanoseconds cpu) {
  wall_ += (wall - wall_) / 4;
  cpu_ += (cpu - cpu_) / 4;
  waits_.store(wall_ > kWorthwhile && cpu_ < wall_ / 2, std::memory_order_relaxed);
}

}  // namespace penstock::server
