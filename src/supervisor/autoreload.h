// SPDX-License-Identifier: MIT
// --py-autoreload: tells when the source of the app changes.
#pragma once

#include <functional>
#include <memory>

#include "config/config.h"
#include "net/loop.h"
#include "service/tree_watch.h"

namespace penstock::supervisor {

/// Watches the Python files in the current folder, in that of the app's file and in those of
/// --pythonpath, with all below. Null where that is not wanted or cannot be done, which the log
/// says. `changed` is called once for a burst of changes.
std::unique_ptr<service::TreeWatch> watch_sources(net::Loop& loop, const config::Config& config,
                                                  std::function<void()> changed);

}  // namespace penstock::supervisor
