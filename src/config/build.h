// SPDX-License-Identifier: MIT
// From settings, in the order they were written, to the one Config.
#pragma once

#include "base/result.h"
#include "config/config.h"

namespace penstock::config {

/// Whether the process has listening sockets already: from systemd, or from its master.
enum class InheritedSockets : bool { No, Yes };

/// Applies the settings in order (of single values the last wins, lists grow), fills in the
/// defaults that depend on the system, and checks the whole: somewhere to listen (unless sockets
/// are inherited) and one app. The master's children call it with the same settings; their sockets
/// are the master's.
Result<Config> build(const Settings& settings, InheritedSockets inherited = InheritedSockets::Yes);

}  // namespace penstock::config
