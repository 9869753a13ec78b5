// SPDX-License-Identifier: MIT
// Forks a worker for the master rather than for the zygote.
#pragma once

#include <sys/types.h>

#include "base/result.h"

namespace penstock::pyhost {

/// Forks as os.fork() does, with the hooks of os.register_at_fork(), once; but the new process is
/// an orphan from the start, so that the master, which adopts orphans, sees its end. Returns the
/// process id, and 0 in the new process. GIL held; no other threads.
Result<pid_t> double_fork();

}  // namespace penstock::pyhost
