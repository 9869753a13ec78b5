// SPDX-License-Identifier: MIT
#include "spawn/pipes.h"

#include <fcntl.h>

namespace penstock::spawn {

Result<Pipe> make_pipe(Flow flow) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) < 0) return os_error("pipe2");
  Fd read{ends[0]};
  Fd write{ends[1]};
  Pipe pipe = flow == Flow::FromProgram ? Pipe{std::move(read), std::move(write)}
                                        : Pipe{std::move(write), std::move(read)};
  const int access = flow == Flow::FromProgram ? O_RDONLY : O_WRONLY;
  if (::fcntl(pipe.ours.get(), F_SETFL, access | O_NONBLOCK) < 0) return os_error("fcntl");
  return pipe;
}

void widen(const Fd& pipe, int bytes) {
  ::fcntl(pipe.get(), F_SETPIPE_SZ, bytes);
}

}  // namespace penstock::spawn
