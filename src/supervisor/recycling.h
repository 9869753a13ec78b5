// SPDX-License-Identifier: MIT
// Whether a worker has lived long enough or grown too large. Pure.
#pragma once

#include <optional>

#include "base/clock.h"
#include "config/config.h"
#include "stats/recycle_reason.h"
#include "supervisor/memory.h"

namespace penstock::supervisor {

/// Why worker `number` of this `age` is due to be replaced, if it is.
std::optional<stats::RecycleReason> due_for_recycling(const config::RecycleConfig& limits,
                                                      int number, nanoseconds age,
                                                      const Memory& memory);

/// The age that it must have.
milliseconds least_age(const config::RecycleConfig& limits, stats::RecycleReason reason);

/// Whether it is replaced though another worker is being replaced.
bool is_urgent(stats::RecycleReason reason);

/// Whether due_for_recycling() can give anything with these limits.
bool limits_time_or_memory(const config::RecycleConfig& limits);

}  // namespace penstock::supervisor
