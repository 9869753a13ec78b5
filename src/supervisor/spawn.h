// SPDX-License-Identifier: MIT
// Starts another program, with exactly the descriptors that are named and nothing else that this
// process has changed for itself.
#pragma once

#include <signal.h>
#include <sys/types.h>

#include <string>
#include <vector>

#include "base/result.h"

namespace penstock::supervisor {

/// A descriptor of ours and the number that the child knows it by.
struct PassedDescriptor {
  int ours = -1;
  int theirs = -1;
};

struct Command {
  std::string program;  // a path
  std::vector<std::string> arguments;
  std::vector<std::string> environment;       // "KEY=value"
  std::vector<PassedDescriptor> descriptors;  // besides 0, 1 and 2, which are inherited
  sigset_t blocked_signals{};                 // the child's signal mask
  int folder = -1;                            // where it starts; -1: where we are
};

/// Starts `command` and returns its process id. A program that cannot be executed is an error
/// here, not an exit status later. SIGPIPE has its default effect in the child.
Result<pid_t> spawn(const Command& command);

}  // namespace penstock::supervisor
