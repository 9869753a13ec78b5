// SPDX-License-Identifier: MIT
// The pipes between this process and a program.
#pragma once

#include "base/fd.h"
#include "base/result.h"

namespace penstock::spawn {

/// `ours` does not block; `theirs` does, and is closed once the program has it.
struct Pipe {
  Fd ours;
  Fd theirs;
};

enum class Flow { ToProgram, FromProgram };

Result<Pipe> make_pipe(Flow flow);

/// Asks the kernel to hold up to `bytes` in the pipe. It may refuse: then nothing changes.
void widen(const Fd& pipe, int bytes);

}  // namespace penstock::spawn
