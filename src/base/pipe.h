// SPDX-License-Identifier: MIT
// A pipe, close-on-exec.
#pragma once

#include "base/fd.h"
#include "base/result.h"

namespace penstock {

struct Pipe {
  Fd reader;
  Fd writer;
};

Result<Pipe> make_pipe();

}  // namespace penstock
