// SPDX-License-Identifier: MIT
// How a generation replaces workers that are old, large or stuck, and how many workers it has.
#include <signal.h>

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "supervisor/generation.h"

namespace penstock::supervisor {

void Generation::replace(int number, stats::RecycleReason reason) {
  if (is_stopping_ || number < 1 || number > places_.size()) return;
  const Places::Place& place = places_.at(number);
  if (!place.current || place.current->state() != WorkerProcess::State::Serving) return;
  if (place.successor) return;
  const pid_t pid = place.current->pid();
  const auto is_same = [pid](const Due& due) { return due.pid == pid; };
  const SteadyTime from =
      around_.system.now() - place.current->age() + least_age(settings_.recycle, reason);
  if (const auto known = std::find_if(dues_.begin(), dues_.end(), is_same); known != dues_.end()) {
    if (is_urgent(reason)) *known = {number, pid, reason, from};
  } else {
    dues_.push_back({number, pid, reason, from});
  }
  begin_successors();
}

void Generation::roll(stats::RecycleReason reason) {
  for (int number = 1; number <= places_.size(); ++number)
    replace(number, reason);
}

void Generation::worker_asks_for_successor(WorkerProcess& worker, stats::RecycleReason reason) {
  if (places_.at(worker.number()).current.get() == &worker) replace(worker.number(), reason);
}

/// One successor starts at a time, so that never many workers are cold; urgent ones do not wait.
void Generation::begin_successors() {
  const SteadyTime now = around_.system.now();
  std::erase_if(dues_, [this](const Due& due) {
    const auto& current = places_.at(due.number).current;
    return !current || current->pid() != due.pid;
  });
  bool one_starts = places_.has_successor();
  for (auto due = dues_.begin(); due != dues_.end();) {
    const bool waits = due->from > now || (one_starts && !is_urgent(due->reason));
    if (waits) {
      ++due;
      continue;
    }
    Places::Place& place = places_.at(due->number);
    place.successor = make_worker(due->number);
    if (!place.successor) return;  // the next burial frees a slot
    log::info("worker {} (pid: {}) is replaced: {}", due->number, due->pid, to_string(due->reason));
    place.successor->want();
    one_starts = true;
    due = dues_.erase(due);
  }
  if (dues_.empty()) return;
  const auto first = std::min_element(dues_.begin(), dues_.end(),
                                      [](const Due& a, const Due& b) { return a.from < b.from; });
  if (first->from > now) around_.loop.timers().arm(due_alarm_, first->from);
}

void Generation::release(int number) {
  if (is_stopping_ || number < 1 || number > places_.size()) return;
  Places::Place& place = places_.at(number);
  if (place.successor) place.successor->kill();
  if (WorkerProcess* const worker = places_.vacate(number))
    worker->stop(WorkerProcess::Resting::HaveAMoment);
}

void Generation::grow(int count) {
  for (int number = 1; count > 0 && number <= places_.size(); ++number) {
    if (places_.at(number).current) continue;
    if (!begin(number)) return;
    --count;
  }
}

void Generation::shrink(int count) {
  for (int number = places_.size(); count > 0 && number >= 1 && places_.filled() > 1; --number) {
    const Places::Place& place = places_.at(number);
    if (!place.current || place.successor) continue;
    release(number);
    --count;
  }
}

/// Looks at age, memory and load of the workers.
void Generation::tick() {
  around_.loop.timers().arm(tick_, around_.system.now() + Elasticity::kInterval);
  places_.for_each([this](WorkerProcess& worker) { look_at(worker); });
  if (!elasticity_.is_fixed() && is_serving_ && !is_asleep_) adjust_number();
}

void Generation::look_at(WorkerProcess& worker) {
  if (worker.state() != WorkerProcess::State::Serving) return;
  if (settings_.hung_after != 0ms && is_hung(worker)) {
    log::error("worker {} (pid: {}) hangs: it does nothing about a request over its time limit",
               worker.number(), worker.pid());
    return around_.system.send_signal(worker.pid(), SIGKILL);
  }
  if (!limits_time_or_memory(settings_.recycle)) return;
  const auto reason = due_for_recycling(settings_.recycle, worker.number(), worker.age(),
                                        around_.system.memory_of(worker.pid()));
  if (reason && places_.at(worker.number()).current.get() == &worker)
    replace(worker.number(), *reason);
}

/// A worker that is stopped, or whose threads all wait for the disk, cannot see to its own limits.
bool Generation::is_hung(const WorkerProcess& worker) const {
  const std::int64_t hung =
      (around_.system.now() - settings_.hung_after).time_since_epoch().count();
  for (std::size_t index = 0; index < around_.scoreboard.cores(); ++index) {
    const std::int64_t deadline = around_.scoreboard.core(worker.slot(), index).deadline;
    if (deadline != 0 && deadline < hung) return true;
  }
  return false;
}

void Generation::adjust_number() {
  const Elasticity::Advice advice = elasticity_.advise(take_census(), around_.system.now());
  if (advice.sleep) return fall_asleep();
  if (advice.more > 0) {
    log::info("all workers are busy: {} more", advice.more);
    grow(advice.more);
  }
  if (advice.fewer > 0) {
    log::info("workers have nothing to do: {} fewer", advice.fewer);
    shrink(advice.fewer);
  }
}

Census Generation::take_census() {
  Census census;
  const std::uint64_t requests = around_.scoreboard.totals().requests;
  census.requests = requests != requests_seen_;
  requests_seen_ = requests;
  const SteadyTime now = around_.system.now();
  const auto interval = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(now - census_at_).count());
  census_at_ = now;
  for (int number = 1; number <= places_.size(); ++number) {
    const auto& current = places_.at(number).current;
    if (!current) continue;
    if (current->state() != WorkerProcess::State::Serving) {
      ++census.starting;
      continue;
    }
    ++census.serving;
    const stats::WorkerSlot& slot = around_.scoreboard.worker(current->slot());
    if (slot.running > 0 || slot.waiting > 0) census.requests = true;
    if (is_busy(current->slot(), interval)) ++census.busy;
  }
  return census;
}

/// Whether a worker has no thread to spare: now, or on the whole in the last `interval`
/// microseconds, since quick requests are hardly ever seen.
bool Generation::is_busy(std::size_t number, std::uint64_t interval) {
  const stats::WorkerSlot& slot = around_.scoreboard.worker(number);
  const auto cores = static_cast<std::uint64_t>(settings_.cores);
  const std::uint64_t total = slot.running_time;
  const std::uint64_t before = std::exchange(running_time_seen_[number - 1], total);
  if (slot.waiting > 0 || slot.running >= cores) return true;
  return total > before && (total - before) * 10 > interval * cores * 8;
}

void Generation::fall_asleep() {
  log::info("no request for {} seconds: the workers end until somebody connects",
            std::chrono::duration_cast<seconds>(settings_.elastic.idle).count());
  is_asleep_ = true;
  for (int number = 1; number <= places_.size(); ++number)
    release(number);
  around_.owner.generation_asleep(*this);
}

void Generation::wake() {
  if (!is_asleep_ || is_stopping_) return;
  is_asleep_ = false;
  config::ElasticConfig awake = settings_.elastic;
  awake.cheap = false;
  grow(Elasticity(awake, settings_.workers).initial());
}

}  // namespace penstock::supervisor
