// SPDX-License-Identifier: MIT
// The system as far as the supervisor's state machines act on it, so that their tests need no
// processes and no waiting.
#pragma once

#include <sys/types.h>

#include "base/clock.h"
#include "base/result.h"
#include "ipc/channel.h"
#include "supervisor/recycling.h"

namespace penstock::supervisor {

class System {
 public:
  virtual SteadyTime now() = 0;

  /// Starts a zygote that holds `theirs` as its end of a channel.
  virtual Result<pid_t> start_zygote(const ipc::Channel& theirs) = 0;

  /// Of a process; zeros if it cannot be told.
  virtual Memory memory_of(pid_t pid) = 0;

  /// Sends `signal` to a process that has not been waited for yet.
  virtual void send_signal(pid_t pid, int signal) = 0;

 protected:
  ~System() = default;
};

}  // namespace penstock::supervisor
