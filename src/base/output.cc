// SPDX-License-Identifier: MIT
#include "base/output.h"

#include <unistd.h>

namespace penstock {

Result<> become_output(int fd) {
  for (const int output : {STDOUT_FILENO, STDERR_FILENO})
    if (::dup2(fd, output) < 0) return os_error("dup2");
  return {};
}

}  // namespace penstock
