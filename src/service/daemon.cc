// SPDX-License-Identifier: MIT
// Two forks: the leader of a session that opens a terminal would make it its own, so the daemon is
// not the leader.
#include "service/daemon.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <optional>

#include "base/pipe.h"

namespace penstock::service {
namespace {

constexpr int kDied = 1;

/// The next byte; nothing at the end.
std::optional<std::uint8_t> read_byte(const Fd& pipe) {
  std::uint8_t byte = 0;
  ssize_t got = -1;
  do {
    got = ::read(pipe.get(), &byte, 1);
  } while (got < 0 && errno == EINTR);
  return got == 1 ? std::optional(byte) : std::nullopt;
}

int read_report(const Fd& pipe) {
  const std::uint8_t code = read_byte(pipe).value_or(kDied);
  while (code != 0 && read_byte(pipe)) {
  }
  return code;
}

Result<> take_null_as_input() {
  const Fd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (!null || ::dup2(null.get(), STDIN_FILENO) < 0) return os_error_about("/dev/null", "open");
  return {};
}

/// A server holds them back while it starts; who waits for it may stop waiting.
void let_signals_end_us() {
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

}  // namespace

void StartReport::send(int exit_code) {
  if (!pipe_ || is_sent_) return;
  is_sent_ = true;
  const auto code = static_cast<std::uint8_t>(exit_code);
  // Somebody who did not want to wait has closed the other end: SIGPIPE is ignored.
  const bool is_told = ::write(pipe_.get(), &code, 1) == 1;
  if (!is_told || exit_code == 0) pipe_.reset();
}

Result<std::variant<StartReport, int>> daemonize() {
  auto [reading, writing] = TRY(make_pipe());

  const pid_t leader = ::fork();
  if (leader < 0) return os_error("fork");
  if (leader > 0) {
    writing.reset();
    while (::waitpid(leader, nullptr, 0) < 0 && errno == EINTR) {
    }
    let_signals_end_us();
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
