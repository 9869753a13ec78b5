// SPDX-License-Identifier: MIT
// How a generation replaces workers that are old, large or stuck, and how many workers it has.
#include <algorithm>

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
  if (limits_time_or_memory(settings_.recycle))
    places_.for_each([this](const WorkerProcess& worker) { look_at(worker); });
  if (!elasticity_.is_fixed() && is_serving_ && !is_asleep_) adjust_number();
}

void Generation::look_at(const WorkerProcess& worker) {
  if (worker.state() != WorkerProcess::State::Serving) return;
  const auto reason = due_for_recycling(settings_.recycle, worker.number(), worker.age(),
                                        around_.system.memory_of(worker.pid()));
  if (reason && places_.at(worker.number()).current.get() == &worker)
    replace(worker.number(), *reason);
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
    if (slot.waiting > 0 || slot.running >= static_cast<std::uint32_t>(settings_.cores))
      ++census.busy;
  }
  return census;
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
