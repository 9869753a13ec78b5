// SPDX-License-Identifier: MIT
// What follows from what: zygote up, so fork; worker gone, so fork again; first start failed, so
// give up. How workers are replaced and how many there are: generation_renewal.cc.
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

bool awaits_fork(const WorkerProcess& worker) {
  return worker.awaits_fork();
}

}  // namespace

Generation::Generation(Settings settings, Surroundings around)
    : settings_(std::move(settings)),
      around_(around),
      zygote_(around.loop, around.system, *this),
      places_(settings_.workers, around.scoreboard.size()),
      elasticity_(settings_.elastic, settings_.workers),
      beginning_(elasticity_.initial()),
      served_(static_cast<std::size_t>(settings_.workers), false),
      zygote_delay_([this] { start_zygote(); }),
      due_alarm_([this] { begin_successors(); }),
      tick_([this] { tick(); }),
      running_time_seen_(around.scoreboard.size(), 0) {}

void Generation::start() {
  begin_next();
  start_zygote();
  if (limits_time_or_memory(settings_.recycle) || !elasticity_.is_fixed() ||
      settings_.hung_after != 0ms)
    around_.loop.timers().arm(tick_, around_.system.now() + Elasticity::kInterval);
}

std::unique_ptr<WorkerProcess> Generation::make_worker(int number) {
  const std::optional<std::size_t> slot = places_.take_slot();
  if (!slot) return nullptr;
  return std::make_unique<WorkerProcess>(
      WorkerProcess::Settings{number, *slot, settings_.cores, settings_.grace},
      WorkerProcess::Surroundings{around_.loop, around_.system, *this, around_.scoreboard});
}

/// Fills an empty place. False: too many workers are still leaving.
bool Generation::begin(int number) {
  Places::Place& place = places_.at(number);
  if (place.current) return true;
  place.current = make_worker(number);
  if (place.current) place.current->want();
  return place.current != nullptr;
}

/// Fills the places that are to be filled at the start: all, or the next one.
void Generation::begin_next() {
  while (begun_ < beginning_) {
    if (!begin(++begun_) || settings_.one_at_a_time) return;
  }
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
  places_.for_each([this](WorkerProcess& worker) {
    if (worker.is_due()) fork(worker);
  });
  if (beginning_ == 0 && !is_serving_) {
    // There is nothing to wait for but the first connection.
    is_serving_ = true;
    is_asleep_ = true;
    around_.owner.generation_serving(*this);
    around_.owner.generation_asleep(*this);
  }
}

void Generation::worker_due(WorkerProcess& worker) {
  if (zygote_.state() == Zygote::State::Up) fork(worker);
}

void Generation::fork(WorkerProcess& worker) {
  const auto asked = ask_for_fork(worker);
  if (asked) return;
  log::error("worker {}: {}", worker.number(), asked.error().what);
  worker.could_not_fork();
}

Result<> Generation::ask_for_fork(WorkerProcess& worker) {
  auto ends = TRY(ipc::Channel::pair());
  // The slot is made ready first: the new process writes into it and may be quicker than this one.
  worker.forking(std::move(ends.first));
  return zygote_.fork_worker(worker.number(), worker.slot(), ends.second);
}

void Generation::zygote_forked(std::size_t slot, pid_t pid) {
  WorkerProcess* const worker = places_.find(
      [slot](const WorkerProcess& one) { return one.slot() == slot && one.awaits_fork(); });
  if (!worker) return;
  worker->forked(pid);
  if (const auto early = early_deaths_.extract(pid)) worker->exited(early.mapped());
  if (!places_.find(awaits_fork)) early_deaths_.clear();
  settle();
}

void Generation::zygote_could_not_fork(std::size_t slot, int error) {
  WorkerProcess* const worker = places_.find(
      [slot](const WorkerProcess& one) { return one.slot() == slot && one.awaits_fork(); });
  if (!worker) return;
  log::error("worker {}: fork: {}", worker->number(), std::strerror(error));
  worker->could_not_fork();
  settle();
}

void Generation::zygote_down(const Zygote::Death& death) {
  places_.for_each([](WorkerProcess& worker) { worker.zygote_lost(); });
  if (is_stopping_) return settle();
  if (app_was_loaded_) return restart_zygote(death);
  if (death.app_failed || exited_with(death.status, kNoApp)) {
    log::error("the app could not be loaded: it does not start");
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
  const int number = worker.number();
  if (places_.at(number).successor.get() == &worker) {
    WorkerProcess* const replaced = places_.promote(number);
    if (replaced) replaced->stop(WorkerProcess::Resting::HaveAMoment);
    begin_successors();
  }
  served_[static_cast<std::size_t>(number) - 1] = true;
  around_.owner.worker_serving(*this, number);
  if (is_serving_) return;
  if (served_[static_cast<std::size_t>(begun_) - 1]) begin_next();
  if (std::count(served_.begin(), served_.end(), true) < beginning_) return;
  is_serving_ = true;
  around_.owner.generation_serving(*this);
}

bool Generation::has_served() const {
  return std::find(served_.begin(), served_.end(), true) != served_.end();
}

bool Generation::worker_died(WorkerProcess& worker, pid_t pid, int status) {
  const bool starts = settings_.one_at_a_time ? !has_served() : !is_serving_;
  if (starts && exited_with(status, kNoApp)) {
    // Lazy apps are loaded by each worker: the first failure ends the start.
    log::error("OOPS ! failed loading app in worker {} (pid {})", worker.number(), pid);
    fail(kNoApp);
    return false;
  }
  Places::Place& place = places_.at(worker.number());
  if (place.current.get() != &worker || !place.successor) return true;
  log::warning("worker {} (pid: {}) died ({}) while its successor was starting", worker.number(),
               pid, cause_of(status));
  places_.promote(worker.number());
  places_.forget(worker);
  return false;
}

void Generation::worker_buried(WorkerProcess& worker) {
  const Places::Place& place = places_.at(worker.number());
  const bool leaves = place.current.get() != &worker && place.successor.get() != &worker;
  // While everything stops, the places keep their workers.
  if (leaves || !is_stopping_) places_.forget(worker);
  if (!dues_.empty()) begin_successors();
  settle();
}

void Generation::exited(pid_t pid, int status) {
  // It may have been announced by a message that is not read yet.
  zygote_.drain();
  places_.bury();
  if (pid == zygote_.pid()) return zygote_.exited(status);
  if (WorkerProcess* const worker = places_.find_pid(pid)) {
    worker->exited(status);
  } else if (places_.find(awaits_fork)) {
    early_deaths_[pid] = status;
  }
  settle();
}

void Generation::stop(WorkerProcess::Resting resting) {
  is_stopping_ = true;
  dues_.clear();
  for (Alarm* const alarm : {&zygote_delay_, &due_alarm_, &tick_})
    alarm->cancel();
  places_.for_each([resting](WorkerProcess& worker) { worker.stop(resting); });
  settle();
}

void Generation::kill() {
  is_stopping_ = true;
  dues_.clear();
  for (Alarm* const alarm : {&zygote_delay_, &due_alarm_, &tick_})
    alarm->cancel();
  places_.for_each([](WorkerProcess& worker) { worker.kill(); });
  zygote_.kill();
  settle();
}

void Generation::tell_all(const ipc::Message& message, int descriptor) {
  zygote_.tell(message, descriptor);
  places_.for_each([&](WorkerProcess& worker) { worker.tell(message, descriptor); });
}

void Generation::fail(int exit_code) {
  around_.owner.generation_failed(*this, exit_code);
  kill();
}

/// While it stops: does what the last event has made possible.
void Generation::settle() {
  if (!is_stopping_ || is_gone_) return;
  // A zygote that was asked for a fork has still to say which process that became.
  if (!places_.find(awaits_fork)) zygote_.stop();
  const WorkerProcess* const left = places_.find(
      [](const WorkerProcess& worker) { return worker.state() != WorkerProcess::State::Absent; });
  is_gone_ = zygote_.state() == Zygote::State::Down && !left;
  if (is_gone_) around_.owner.generation_gone(*this);
}

}  // namespace penstock::supervisor
