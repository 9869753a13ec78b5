// SPDX-License-Identifier: MIT
// What the configuration asks of the master: made at the start, and again at each reload.
#pragma once

#include <functional>

#include "config/conditions.h"
#include "config/config.h"
#include "supervisor/generation.h"
#include "supervisor/launcher.h"

namespace penstock::supervisor {

struct Plan {
  config::Config config;
  Generation::Settings generation;
  ZygoteSettings zygote;  // the master fills in the descriptors
};

/// Reads the configuration again. An error leaves everything as it is.
using Planner = std::function<Result<Plan>()>;

}  // namespace penstock::supervisor
