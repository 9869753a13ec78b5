// SPDX-License-Identifier: MIT
#include "spawn/pipes.h"

#include <fcntl.h>

#include "base/pipe.h"

namespace penstock::spawn {

Result<Pipe> make_pipe(Flow flow) {
  auto [reader, writer] = TRY(penstock::make_pipe());
  Pipe pipe = flow == Flow::FromProgram ? Pipe{std::move(reader), std::move(writer)}
                                        : Pipe{std::move(writer), std::move(reader)};
  const int access = flow == Flow::FromProgram ? O_RDONLY : O_WRONLY;
  if (::fcntl(pipe.ours.get(), F_SETFL, access | O_NONBLOCK) < 0) return os_error("fcntl");
  return pipe;
}

void widen(const Fd& pipe, int bytes) {
  ::fcntl(pipe.get(), F_SETPIPE_SZ, bytes);
}

}  // namespace penstock::spawn
