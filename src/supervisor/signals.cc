// SPDX-License-Identifier: MIT
// Blocked signals queue up until the loop reads them; several of one kind may become one.
#include "supervisor/signals.h"

#include <sys/signalfd.h>
#include <unistd.h>

namespace penstock::supervisor {

sigset_t hold_signals() {
  sigset_t held;
  ::sigemptyset(&held);
  for (const int signal : {SIGHUP, SIGINT, SIGTERM, SIGQUIT, SIGUSR1, SIGUSR2, SIGTSTP})
    ::sigaddset(&held, signal);
  sigset_t before;
  ::sigprocmask(SIG_BLOCK, &held, &before);
  return before;
}

Result<std::unique_ptr<Signals>> Signals::create(net::Loop& loop,
                                                 std::initializer_list<int> signals,
                                                 Handler handler) {
  sigset_t wanted;
  ::sigemptyset(&wanted);
  for (const int signal : signals)
    ::sigaddset(&wanted, signal);

  Fd fd{::signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK)};
  if (!fd) return os_error("signalfd");
  std::unique_ptr<Signals> made(new Signals(loop, std::move(handler)));
  if (::sigprocmask(SIG_BLOCK, &wanted, &made->previous_) < 0) return os_error("sigprocmask");
  made->fd_ = std::move(fd);
  TRY(loop.watch(made->fd_.get(), EPOLLIN, *made));
  return made;
}

Signals::~Signals() {
  if (!fd_) return;
  loop_.forget(fd_.get(), *this);
  ::sigprocmask(SIG_SETMASK, &previous_, nullptr);
}

void Signals::on_ready(std::uint32_t) {
  signalfd_siginfo info{};
  while (::read(fd_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info))
    handler_(static_cast<int>(info.ssi_signo));
}

}  // namespace penstock::supervisor
