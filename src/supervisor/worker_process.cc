// SPDX-License-Identifier: MIT
// The log lines are uWSGI's, which tools parse.
#include "supervisor/worker_process.h"

#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <string>
#include <utility>

#include "base/log.h"

namespace penstock::supervisor {
namespace {

using Kind = ipc::Message::Kind;

/// For a worker that does not serve yet.
constexpr milliseconds kToLeave{2000};

/// The worker gets a little less than the grace, so that there is time to leave in order.
std::int64_t grace_for_requests(milliseconds grace) {
  return (grace - std::min(grace / 10, 1000ms)).count();
}

}  // namespace

WorkerProcess::WorkerProcess(Settings settings, Surroundings around)
    : settings_(settings),
      around_(around),
      board_(around.scoreboard.worker(settings.slot)),
      delay_([this] { around_.owner.worker_due(*this); }),
      impatience_([this] { lose_patience(); }) {}

nanoseconds WorkerProcess::age() const {
  return ready_since_ ? around_.system.now() - *ready_since_ : 0ns;
}

void WorkerProcess::want() {
  if (state_ == State::Absent) wait(0ms);
}

void WorkerProcess::wait(milliseconds delay) {
  state_ = State::Waiting;
  if (delay == 0ms) return around_.owner.worker_due(*this);
  log::warning("worker {}: no new start for {} ms, since the last one failed", number(),
               delay.count());
  around_.loop.timers().arm(delay_, around_.system.now() + delay);
}

void WorkerProcess::forking(ipc::Channel ours) {
  state_ = State::Forking;
  awaits_fork_ = true;
  around_.scoreboard.occupy(board_, number());
  channel_ = std::move(ours);
  if (const auto watched = around_.loop.watch(channel_.fd(), EPOLLIN, *this); !watched) {
    // It ends by itself when its channel ends, and is then started again.
    log::error("worker {}: {}", number(), watched.error().what);
    channel_ = {};
  }
}

void WorkerProcess::forked(pid_t pid) {
  if (!awaits_fork_) return;
  awaits_fork_ = false;
  pid_ = pid;
  around_.scoreboard.started(board_, pid);
  if (std::exchange(ran_before_, true)) {
    log::info("Respawned uWSGI worker {} (new pid: {})", number(), pid);
  } else {
    log::info("spawned uWSGI worker {} (pid: {}, cores: {})", number(), pid, settings_.cores);
  }
  if (state_ == State::Stopping && !channel_) around_.system.send_signal(pid_, SIGKILL);
  if (state_ != State::Forking) return;
  state_ = State::Starting;
  if (ready_early_) became_ready();
}

void WorkerProcess::could_not_fork() {
  const bool was_wanted = state_ == State::Forking || state_ == State::Waiting;
  if (!awaits_fork_ && !was_wanted) return;
  clear();
  if (was_wanted) return wait(back_off_.after_death(std::nullopt));
  around_.owner.worker_buried(*this);
}

void WorkerProcess::zygote_lost() {
  if (!awaits_fork_) return;
  // If it was forked after all, the end of its channel tells it to go.
  const bool was_wanted = state_ == State::Forking;
  clear();
  if (was_wanted) return wait(0ms);
  around_.owner.worker_buried(*this);
}

void WorkerProcess::drain() {
  while (channel_) {
    const auto received = channel_.receive(false);
    if (received && *received) {
      take((*received)->message);
      continue;
    }
    if (!received && received.error().code == EAGAIN) return;
    if (!received) log::error("worker {}: {}", number(), received.error().what);
    // Most often its process is gone; one that lives on can no longer be told anything.
    close_channel();
    if (!impatience_.armed())
      around_.loop.timers().arm(impatience_, around_.system.now() + settings_.grace);
  }
}

void WorkerProcess::take(const ipc::Message& message) {
  if (message.kind == Kind::Ready) became_ready();
  if (message.kind == Kind::Recycle && state_ == State::Serving)
    around_.owner.worker_asks_for_successor(*this, stats::RecycleReason{message.value});
}

void WorkerProcess::became_ready() {
  if (state_ == State::Forking) {
    ready_early_ = true;
  } else if (state_ == State::Starting) {
    state_ = State::Serving;
    ready_since_ = around_.system.now();
    around_.owner.worker_serving(*this);
  }
}

void WorkerProcess::stop(Resting resting) {
  if (state_ == State::Waiting) {
    clear();
    return around_.owner.worker_buried(*this);
  }
  if (state_ == State::Absent || state_ == State::Stopping) return;
  drain();
  // Before it serves it has no requests, but may import for long.
  const bool serves = state_ == State::Serving;
  const milliseconds patience = serves ? settings_.grace : std::min(settings_.grace, kToLeave);
  state_ = State::Stopping;
  stop_since_ = around_.system.now();
  const std::int64_t grace = grace_for_requests(patience);
  const Kind order = resting == Resting::End ? Kind::Stop : Kind::Retire;
  if (channel_ && !channel_.send({order, number(), 0, grace})) close_channel();
  around_.loop.timers().arm(impatience_, stop_since_ + patience);
}

void WorkerProcess::tell(const ipc::Message& message, int descriptor) {
  if (!channel_) return;
  if (const auto sent = channel_.send(message, descriptor); !sent)
    log::warning("worker {} (pid: {}): {}", number(), pid_, sent.error().what);
}

void WorkerProcess::kill() {
  if (state_ == State::Waiting) return stop();
  if (state_ == State::Absent) return;
  if (state_ != State::Stopping) stop_since_ = around_.system.now();
  state_ = State::Stopping;
  // Without a process id this has to do until forked() brings it.
  close_channel();
  if (pid_ != 0) around_.system.send_signal(pid_, SIGKILL);
}

void WorkerProcess::lose_patience() {
  log::warning("worker {} (pid: {}) is taking too much time to die...NO MERCY !!!", number(), pid_);
  if (pid_ != 0) around_.system.send_signal(pid_, SIGKILL);
}

void WorkerProcess::exited(int status) {
  drain();
  const pid_t pid = pid_;
  const bool was_asked = state_ == State::Stopping;
  std::optional<nanoseconds> age;
  if (ready_since_) age = around_.system.now() - *ready_since_;
  clear();
  if (was_asked) {
    const auto waited = around_.system.now() - stop_since_;
    log::info("worker {} buried after {} seconds", number(),
              std::chrono::duration_cast<seconds>(waited).count());
    return around_.owner.worker_buried(*this);
  }
  if (!around_.owner.worker_died(*this, pid, status)) return;
  const std::string cause =
      WIFSIGNALED(status) ? fmt::format(", killed by signal {}", WTERMSIG(status)) : "";
  log::info("DAMN ! worker {} (pid: {}) died{} :( trying respawn ...", number(), pid, cause);
  wait(back_off_.after_death(age));
}

/// Back to Absent, whatever there was.
void WorkerProcess::clear() {
  close_channel();
  delay_.cancel();
  impatience_.cancel();
  state_ = State::Absent;
  pid_ = 0;
  awaits_fork_ = ready_early_ = false;
  ready_since_.reset();
  around_.scoreboard.vacate(board_);
}

void WorkerProcess::close_channel() {
  if (!channel_) return;
  around_.loop.forget(channel_.fd(), *this);
  channel_ = {};
}

}  // namespace penstock::supervisor
