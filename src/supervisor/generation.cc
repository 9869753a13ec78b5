// SPDX-License-Identifier: MIT
// What follows from what: zygote up, so fork; worker gone, so fork again; first start failed, so
// give up.
#include "supervisor/generation.h"

#include <sys/wait.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "base/log.h"

namespace penstock::supervisor {
namespace {

std::string cause_of(int status) {
  if (WIFSIGNALED(status)) return fmt::format("killed by signal {}", WTERMSIG(status));
  return fmt::format("exit code {}", WEXITSTATUS(status));
}

bool exited_with(int status, int code) {
  return WIFEXITED(status) && WEXITSTATUS(status) == code;
}

}  // namespace

Generation::Generation(Settings settings, Surroundings around)
    : settings_(settings),
      around_(around),
      zygote_(around.loop, around.system, *this),
      served_(static_cast<std::size_t>(settings.workers), false),
      zygote_delay_([this] { start_zygote(); }) {
  for (int number = 1; number <= settings.workers; ++number) {
    workers_.push_back(std::make_unique<WorkerProcess>(
        WorkerProcess::Settings{number, settings.cores, settings.grace},
        WorkerProcess::Surroundings{around.loop, around.system, *this, around.scoreboard,
                                    around.scoreboard.worker(static_cast<std::size_t>(number))}));
  }
}

void Generation::start() {
  for (const auto& worker : workers_)
    worker->want();
  start_zygote();
}

void Generation::start_zygote() {
  const auto started = zygote_.start();
  if (started) return;
  log::error("{}", started.error().what);
  if (!app_was_loaded_) return fail(kBadConfiguration);
  around_.loop.timers().arm(zygote_delay_, around_.system.now() + BackOff::kLongest);
}

void Generation::zygote_up() {
  app_was_loaded_ = true;
  for (const auto& worker : workers_)
    if (worker->is_due()) fork(*worker);
}

void Generation::worker_due(WorkerProcess& worker) {
  if (zygote_.state() == Zygote::State::Up) fork(worker);
}

void Generation::fork(WorkerProcess& worker) {
  auto ends = ipc::Channel::pair();
  const auto asked = ends ? zygote_.fork_worker(worker.number(), ends->second)
                          : Result<>(unexpected(ends.error()));
  if (asked) return worker.forking(std::move(ends->first));
  log::error("worker {}: {}", worker.number(), asked.error().what);
  worker.could_not_fork();
}

void Generation::zygote_forked(int number, pid_t pid) {
  WorkerProcess* worker = find(number);
  if (!worker || !worker->awaits_fork()) return;
  worker->forked(pid);
  if (const auto early = early_deaths_.extract(pid)) worker->exited(early.mapped());
  if (!forks_are_pending()) early_deaths_.clear();
  settle();
}

void Generation::zygote_could_not_fork(int number, int error) {
  WorkerProcess* worker = find(number);
  if (!worker) return;
  log::error("worker {}: fork: {}", number, std::strerror(error));
  worker->could_not_fork();
  settle();
}

void Generation::zygote_down(const Zygote::Death& death) {
  for (const auto& worker : workers_)
    worker->zygote_lost();
  if (is_stopping_) return settle();
  if (app_was_loaded_) return restart_zygote(death);
  if (death.app_failed || exited_with(death.status, kNoApp)) {
    log::error("the app could not be loaded: the server does not start");
    return fail(kNoApp);
  }
  log::error("the Python process (pid: {}) ended before it had loaded the app: {}", death.pid,
             cause_of(death.status));
  fail(exited_with(death.status, kBadConfiguration) ? kBadConfiguration : kNoApp);
}

void Generation::restart_zygote(const Zygote::Death& death) {
  const milliseconds delay = zygote_back_off_.after_death(death.age);
  log::warning("zygote (pid: {}) died ({}): the workers serve on, another one starts in {} ms",
               death.pid, death.app_failed ? "it could not load the app" : cause_of(death.status),
               delay.count());
  if (delay == 0ms) return start_zygote();
  around_.loop.timers().arm(zygote_delay_, around_.system.now() + delay);
}

void Generation::worker_serving(WorkerProcess& worker) {
  served_[static_cast<std::size_t>(worker.number()) - 1] = true;
  if (is_serving_ || !std::all_of(served_.begin(), served_.end(), [](bool yes) { return yes; }))
    return;
  is_serving_ = true;
  around_.owner.generation_serving();
}

bool Generation::worker_died(WorkerProcess& worker, pid_t pid, int status) {
  if (is_serving_ || !exited_with(status, kNoApp)) return true;
  // Lazy apps are loaded by each worker: the first failure ends the start.
  log::error("OOPS ! failed loading app in worker {} (pid {})", worker.number(), pid);
  fail(kNoApp);
  return false;
}

void Generation::worker_buried(WorkerProcess&) {
  settle();
}

void Generation::exited(pid_t pid, int status) {
  // It may have been announced by a message that is not read yet.
  zygote_.drain();
  if (pid == zygote_.pid()) return zygote_.exited(status);
  const auto is_it = [pid](const auto& worker) { return worker->pid() == pid; };
  if (const auto found = std::find_if(workers_.begin(), workers_.end(), is_it);
      found != workers_.end()) {
    (*found)->exited(status);
  } else if (forks_are_pending()) {
    early_deaths_[pid] = status;
  }
  settle();
}

void Generation::stop() {
  is_stopping_ = true;
  zygote_delay_.cancel();
  for (const auto& worker : workers_)
    worker->stop();
  settle();
}

void Generation::kill() {
  is_stopping_ = true;
  zygote_delay_.cancel();
  for (const auto& worker : workers_)
    worker->kill();
  zygote_.kill();
  settle();
}

void Generation::fail(int exit_code) {
  around_.owner.generation_failed(exit_code);
  kill();
}

/// While it stops: does what the last event has made possible.
void Generation::settle() {
  if (!is_stopping_ || is_gone_) return;
  // A zygote that was asked for a fork has still to say which process that became.
  if (!forks_are_pending()) zygote_.stop();
  const auto is_absent = [](const auto& worker) {
    return worker->state() == WorkerProcess::State::Absent;
  };
  is_gone_ = zygote_.state() == Zygote::State::Down &&
             std::all_of(workers_.begin(), workers_.end(), is_absent);
  if (is_gone_) around_.owner.generation_gone();
}

WorkerProcess* Generation::find(int number) {
  if (number < 1 || number > settings_.workers) return nullptr;
  return workers_[static_cast<std::size_t>(number) - 1].get();
}

bool Generation::forks_are_pending() const {
  return std::any_of(workers_.begin(), workers_.end(),
                     [](const auto& worker) { return worker->awaits_fork(); });
}

}  // namespace penstock::supervisor
