// SPDX-License-Identifier: MIT
// Starts a program as posix_spawn does: the child borrows this process's memory until it runs the
// program, so the cost does not grow with the size of this process, and nothing is copied.
#pragma once

#include <cstdint>

#include "base/fd.h"
#include "base/result.h"
#include "spawn/command.h"

namespace penstock::spawn {

/// A started program. Whoever has it reaps it.
struct Child {
  pid_t pid = -1;
  Fd pidfd;  // readable once the program has ended
};

/// What a start was doing when it failed.
enum class Step : std::uint8_t {
  Clone,
  Signals,
  Group,
  Descriptors,
  Limits,
  Identity,
  Directory,
  Program
};

struct LaunchError {
  Step step = Step::Clone;
  int code = 0;  // errno
};

/// Returns once the program runs, or with the reason why it does not; then no process is left.
/// The program starts with an empty signal mask and default signal actions, but for signals that
/// this process ignores (SIGPIPE and SIGXFSZ are reset). Blocks for as long as the kernel takes
/// to load it, some 50 microseconds. Any thread.
Result<Child, LaunchError> launch(const Command& command);

}  // namespace penstock::spawn
