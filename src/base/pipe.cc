// SPDX-License-Identifier: MIT
#include "base/pipe.h"

#include <fcntl.h>

#include <array>

namespace penstock {

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) < 0) return os_error("pipe2");
  return Pipe{Fd{ends[0]}, Fd{ends[1]}};
}

}  // namespace penstock
