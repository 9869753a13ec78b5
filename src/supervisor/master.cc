// SPDX-License-Identifier: MIT
// The log lines are uWSGI's, which tools parse.
#include "supervisor/master.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "stats/prometheus.h"
#include "stats/uwsgi_json.h"

namespace penstock::supervisor {
namespace {

// timeout(1) and others signal the process and then its group: that is one wish, not two.
constexpr milliseconds kOneWish = 500ms;

/// For the log; empty where there is no worker.
std::string_view name_of(stats::WorkerState state) {
  switch (state) {
    case stats::WorkerState::Starting:
      return "starting";
    case stats::WorkerState::Ready:
      return "ready";
    case stats::WorkerState::Stopping:
      return "stopping";
    case stats::WorkerState::Absent:
      break;
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<Master>> Master::create(Settings settings, Listeners listeners) {
  auto loop = TRY(net::Loop::create());
  Plan plan = std::move(settings.plan);
  std::vector<StatsListener> stats_listeners = std::move(settings.stats_listeners);
  Housekeeping::Settings housekeeping = std::move(settings.housekeeping);
  std::unique_ptr<Master> master(new Master(std::move(settings), std::move(loop)));
  master->signals_ = TRY(Signals::create(
      *master->loop_, {SIGCHLD, SIGHUP, SIGINT, SIGTERM, SIGQUIT, SIGUSR1, SIGUSR2, SIGTSTP},
      [&self = *master](int signal) { self.on_signal(signal); }));
  master->had_visitors_ = !plan.config.elastic.cheap;
  plan.zygote.request_log_fd = housekeeping.request_descriptor();
  master->current_ = TRY(Version::create(std::move(plan), std::move(listeners), *master->loop_,
                                         *master, master->child_mask_, 0));
  TRY(master->open_stats(std::move(stats_listeners)));
  master->housekeeping_ =
      TRY(Housekeeping::create(*master->loop_, *master, std::move(housekeeping)));
  return master;
}

Master::Master(Settings settings, std::unique_ptr<net::Loop> loop)
    : replan_(std::move(settings.replan)),
      child_mask_(settings.child_mask),
      loop_(std::move(loop)),
      startup_(std::move(settings.startup)),
      heritage_(std::move(settings.heritage)),
      doorbell_(*loop_, [this] {
        had_visitors_ = true;
        current_->generation().wake();
      }) {}

Result<> Master::open_stats(std::vector<StatsListener> listeners) {
  if (listeners.empty()) return {};
  for (const StatsListener& listener : listeners)
    stats_sockets_.emplace_back(listener.configured, listener.listener.fd.get());
  stats_server_ = TRY(StatsServer::create(*loop_, std::move(listeners), [this](StatsKind kind) {
    const config::StatsConfig& form = current_->config().stats;
    return kind == StatsKind::Metrics ? stats::prometheus_text(look())
                                      : stats::uwsgi_json(look(), {form.minified, form.cores});
  }));
  return {};
}

stats::Snapshot Master::look() {
  return observer_.look(versions());
}

std::vector<Version*> Master::versions() {
  std::vector<Version*> all{current_.get()};
  if (next_) all.push_back(next_.get());
  for (const auto& past : past_)
    all.push_back(past.get());
  return all;
}

int Master::run() {
  log::info("spawned uWSGI master process (pid: {})", ::getpid());
  current_->generation().start();
  while (!is_done_) {
    loop_->collect(1h);
    while (loop_->dispatch_next()) {
    }
    gone_.clear();
    if (std::exchange(upgrade_ended_, false)) upgrade_.reset();
    if (reload_asked_ && !next_ && current_->generation().is_serving()) {
      reload_asked_ = false;
      start_next();
    }
  }
  log::info("goodbye to uWSGI.");
  housekeeping_->ended(exit_code_);
  return exit_code_;
}

void Master::on_signal(int signal) {
  if (signal == SIGCHLD) return reap();
  if (signal == SIGHUP) return reload();
  if (signal == SIGUSR1) return log_stats();
  if (signal == SIGUSR2) return upgrade();
  if (signal == SIGTSTP) return toggle_pause();
  if (!is_stopping_) {
    log::info("SIGINT/SIGTERM received...killing workers...");
    return stop();
  }
  if (steady_now() - stop_since_ < kOneWish) return;
  log::info("stopping at once, without waiting for requests");
  kill();
}

/// Also waits for orphans that were never ours: as process 1 of a container nobody else does.
void Master::reap() {
  int status = 0;
  for (pid_t pid = 0; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) {
    housekeeping_->exited(pid);
    for (std::size_t i = 0; i < past_.size(); ++i)
      past_[i]->generation().exited(pid, status);
    if (next_) next_->generation().exited(pid, status);
    current_->generation().exited(pid, status);
  }
}

void Master::reload() {
  if (is_stopping_) return;
  log::info("...gracefully killing workers...");
  reload_asked_ = true;
  if (next_ && next_->generation().has_served()) {
    // Lazy apps: some of its workers have taken the place of old ones, and have requests.
    log::info("the reload follows the one that is under way");
  } else if (next_) {
    log::info("the reload that is under way begins anew");
    next_->generation().kill();
  } else if (!current_->generation().is_serving()) {
    log::info("the reload waits for the end of the start");
  }
}

void Master::start_next() {
  if (is_stopping_ || next_) return;
  housekeeping_->reloading();
  auto plan = replan_();
  if (plan) plan->generation.one_at_a_time = plan->config.app.lazy;
  if (plan) plan->zygote.request_log_fd = housekeeping_->request_descriptor();
  auto listeners = plan ? open_listeners_again(plan->config, current_->listeners())
                        : Result<Listeners>(unexpected(plan.error()));
  auto version = listeners ? Version::create(std::move(*plan), std::move(*listeners), *loop_, *this,
                                             child_mask_, current_->scoreboard().totals().requests)
                           : Result<std::unique_ptr<Version>>(unexpected(listeners.error()));
  if (!version) {
    log::error("{}", version.error().what);
    log::error("not reloaded: everything stays as it was");
    return housekeeping_->serving();
  }
  next_ = std::move(*version);
  next_->generation().start();
}

void Master::reload_workers() {
  if (!is_stopping_) current_->generation().roll(stats::RecycleReason::Asked);
}

void Master::toggle_pause() {
  is_paused_ = !is_paused_;
  log::info("{}", is_paused_ ? "*** PAUSE (SIGTSTP resumes) ***" : "*** RESUME ***");
  for (Version* const version : versions())
    version->generation().tell_all({.kind = ipc::Message::Kind::Pause, .value = is_paused_ ? 1 : 0},
                                   -1);
}

void Master::change_workers(int by) {
  if (is_stopping_) return;
  if (by > 0) current_->generation().grow(by);
  if (by < 0) current_->generation().shrink(-by);
}

void Master::log_stats() {
  stats::Scoreboard& board = current_->scoreboard();
  log::info("workers total requests: {}", board.totals().requests.load());
  for (std::size_t i = 1; i <= board.size(); ++i) {
    const stats::WorkerSlot& slot = board.worker(i);
    const std::string_view state = name_of(slot.state);
    if (slot.number == 0 || state.empty()) continue;
    log::info(
        "worker {} (pid: {}, {}) requests: {} exceptions: {} connections: {} running: {} "
        "waiting: {}",
        slot.number.load(), slot.pid.load(), state, slot.requests.load(), slot.exceptions.load(),
        slot.connections.load(), slot.running.load(), slot.waiting.load());
  }
}

void Master::output_became(int fd) {
  for (Version* const version : versions())
    version->generation().tell_all({.kind = ipc::Message::Kind::ReopenLog}, fd);
}

bool Master::is_healthy() {
  if (current_->generation().is_asleep()) return true;
  stats::Scoreboard& board = current_->scoreboard();
  for (std::size_t i = 1; i <= board.size(); ++i)
    if (board.worker(i).state == stats::WorkerState::Ready) return true;
  return false;
}

void Master::upgrade() {
  if (is_stopping_ || upgrade_) return;
  if (::getpid() == 1)
    return log::error("process 1 ends its container when it ends: it cannot be replaced");
  log::info("starting {} anew, to take over", startup_.program);
  auto started = Upgrade::start(*loop_, startup_, {sockets(), housekeeping_->first_output()},
                                child_mask_, [this](bool serves) {
                                  if (serves) return hand_over();
                                  log::error("the new program does not serve: this one goes on");
                                  upgrade_ended_ = true;
                                });
  if (!started) return log::error("{}", started.error().what);
  upgrade_ = std::move(*started);
}

/// Every socket that a successor should have.
std::vector<NamedSocket> Master::sockets() const {
  std::vector<NamedSocket> all = stats_sockets_;
  for (const auto& bound : current_->listeners())
    all.emplace_back(bound->configured, bound->listener.fd.get());
  return all;
}

void Master::hand_over() {
  log::info("the new program (pid: {}) serves: this one ends", upgrade_->pid());
  housekeeping_->handed_over(upgrade_->pid());
  for (const auto& bound : current_->listeners())
    bound->file.leave();
  if (stats_server_) stats_server_->leave_files();
  end(WorkerProcess::Resting::HaveAMoment);
}

void Master::stop() {
  if (is_stopping_) return;
  housekeeping_->stopping();
  end(WorkerProcess::Resting::End);
}

void Master::end(WorkerProcess::Resting resting) {
  if (is_stopping_) return;
  is_stopping_ = true;
  stop_since_ = steady_now();
  doorbell_.quiet();
  // Who connects from now on is refused, instead of waiting for nobody.
  for (const auto& past : past_) {
    past->close_listeners();
    past->generation().stop();
  }
  if (next_) {
    next_->close_listeners();
    next_->generation().kill();
  }
  current_->close_listeners();
  current_->generation().stop(resting);
}

void Master::kill() {
  stop();
  for (const auto& past : past_)
    past->generation().kill();
  if (next_) next_->generation().kill();
  current_->generation().kill();
}

/// Lazy apps change over one worker at a time, so that never many import at once.
void Master::worker_serving(Generation& generation, int number) {
  if (is_paused_) generation.tell_all({.kind = ipc::Message::Kind::Pause, .value = 1}, -1);
  if (!next_ || &next_->generation() != &generation) return;
  if (next_->config().app.lazy) current_->generation().release(number);
}

void Master::generation_serving(Generation& generation) {
  if (next_ && &next_->generation() == &generation) retire_current();
  std::exchange(heritage_, Heritage{}).announce();
  // One watch for all versions: another one would miss what changes meanwhile.
  if (!sources_) sources_ = watch_sources(*loop_, current_->config(), [this] { reload(); });
  housekeeping_->serving();
}

/// The next version serves: it is the current one now.
void Master::retire_current() {
  doorbell_.quiet();
  past_.push_back(std::move(current_));
  current_ = std::move(next_);
  Version& old = *past_.back();
  old.close_listeners();
  old.generation().stop(WorkerProcess::Resting::HaveAMoment);
  log::info("reloaded: the new workers serve, the old ones finish what they have");
}

void Master::generation_failed(Generation& generation, int exit_code) {
  if (&generation == &current_->generation()) {
    is_stopping_ = true;
    exit_code_ = exit_code;
    return;
  }
  log::error("not reloaded: the workers that serve stay");
  housekeeping_->serving();
}

void Master::generation_asleep(Generation& generation) {
  if (&generation != &current_->generation() || is_stopping_) return;
  if (current_->config().elastic.die_on_idle && had_visitors_) return stop();
  doorbell_.listen(current_->listeners());
}

void Master::generation_gone(Generation& generation) {
  if (next_ && &next_->generation() == &generation) {
    observer_.close(*next_);
    gone_.push_back(std::move(next_));
  } else if (const auto past = std::find_if(
                 past_.begin(), past_.end(),
                 [&](const auto& version) { return &version->generation() == &generation; });
             past != past_.end()) {
    observer_.close(**past);
    gone_.push_back(std::move(*past));
    past_.erase(past);
  } else {
    is_current_gone_ = true;
  }
  is_done_ = is_current_gone_ && !next_ && past_.empty();
}

}  // namespace penstock::supervisor
