// SPDX-License-Identifier: MIT
// Two forks: the leader of a session that opens a terminal would make it its own, so the daemon is
// not the leader.
#include "service/daemon.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdint>

namespace penstock::service {
namespace {

constexpr int kDied = 1;

int read_report(const Fd& pipe) {
  std::uint8_t code = kDied;
  ssize_t got = -1;
  do {
    got = ::read(pipe.get(), &code, 1);
  } while (got < 0 && errno == EINTR);
  return got == 1 ? code : kDied;
}

Result<> take_null_as_input() {
  const Fd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (!null || ::dup2(null.get(), STDIN_FILENO) < 0) return os_error_about("/dev/null", "open");
  return {};
}

}  // namespace

void StartReport::send(int exit_code) {
  if (!pipe_) return;
  const auto code = static_cast<std::uint8_t>(exit_code);
  // Somebody who did not want to wait has closed the other end: SIGPIPE is ignored.
  static_cast<void>(::write(pipe_.get(), &code, 1));
  pipe_.reset();
}

Result<std::variant<StartReport, int>> daemonize() {
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) < 0) return os_error("pipe2");
  Fd reading(ends[0]);
  Fd writing(ends[1]);

  const pid_t leader = ::fork();
  if (leader < 0) return os_error("fork");
  if (leader > 0) {
    writing.reset();
    while (::waitpid(leader, nullptr, 0) < 0 && errno == EINTR) {
    }
    return std::variant<StartReport, int>(read_report(reading));
  }
  reading.reset();
  ::setsid();
  const pid_t daemon = ::fork();
  if (daemon != 0) ::_exit(daemon < 0 ? kDied : 0);
  TRY(take_null_as_input());
  return std::variant<StartReport, int>(StartReport(std::move(writing)));
}

}  // namespace penstock::service
