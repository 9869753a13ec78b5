// SPDX-License-Identifier: MIT
// The log lines are uWSGI's, which tools parse.
#include "supervisor/master.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <utility>

#include "base/log.h"

namespace penstock::supervisor {
namespace {

// timeout(1) and others signal the process and then its group: that is one wish, not two.
constexpr milliseconds kOneWish = 500ms;

ZygoteSettings with_descriptors(ZygoteSettings settings,
                                const std::vector<BoundListener>& listeners,
                                const stats::Scoreboard& scoreboard) {
  for (const BoundListener& bound : listeners)
    settings.listeners.push_back({bound.protocol, bound.listener.fd.get()});
  settings.scoreboard_fd = scoreboard.fd();
  return settings;
}

}  // namespace

Result<std::unique_ptr<Master>> Master::create(Settings settings,
                                               std::vector<BoundListener> listeners) {
  auto loop = TRY(net::Loop::create());
  auto scoreboard =
      TRY(stats::Scoreboard::create(static_cast<std::size_t>(settings.generation.workers),
                                    static_cast<std::size_t>(settings.generation.cores)));
  std::unique_ptr<Master> master(new Master(std::move(settings), std::move(listeners),
                                            std::move(loop), std::move(scoreboard)));
  master->signals_ =
      TRY(Signals::create(*master->loop_, {SIGCHLD, SIGINT, SIGTERM, SIGQUIT},
                          [&self = *master](int signal) { self.on_signal(signal); }));
  master->launcher_.set_signal_mask(master->signals_->previous_mask());
  return master;
}

Master::Master(Settings settings, std::vector<BoundListener> listeners,
               std::unique_ptr<net::Loop> loop, stats::Scoreboard scoreboard)
    : listeners_(std::move(listeners)),
      notifier_(std::move(settings.notifier)),
      loop_(std::move(loop)),
      scoreboard_(std::move(scoreboard)),
      launcher_(with_descriptors(std::move(settings.zygote), listeners_, scoreboard_)),
      generation_(settings.generation, {*loop_, launcher_, *this, scoreboard_}) {}

int Master::run() {
  log::info("spawned uWSGI master process (pid: {})", ::getpid());
  generation_.start();
  while (!is_done_) {
    loop_->collect(1h);
    while (loop_->dispatch_next()) {
    }
  }
  log::info("goodbye to uWSGI.");
  return exit_code_;
}

void Master::on_signal(int signal) {
  if (signal == SIGCHLD) return reap();
  if (!is_stopping_) return stop();
  if (launcher_.now() - stop_since_ < kOneWish) return;
  log::info("stopping at once, without waiting for requests");
  generation_.kill();
}

/// Also waits for orphans that were never ours: as process 1 of a container nobody else does.
void Master::reap() {
  int status = 0;
  for (pid_t pid = 0; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;)
    generation_.exited(pid, status);
}

void Master::stop() {
  log::info("SIGINT/SIGTERM received...killing workers...");
  is_stopping_ = true;
  stop_since_ = launcher_.now();
  notifier_.send("STOPPING=1");
  listeners_.clear();  // who connects from now on is refused, instead of waiting for nobody
  generation_.stop();
}

void Master::generation_serving() {
  notifier_.send("READY=1");
}

void Master::generation_failed(int exit_code) {
  is_stopping_ = true;
  exit_code_ = exit_code;
}

void Master::generation_gone() {
  is_done_ = true;
}

}  // namespace penstock::supervisor
