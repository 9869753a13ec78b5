// SPDX-License-Identifier: MIT
#include "supervisor/places.h"

#include <algorithm>
#include <utility>

namespace penstock::supervisor {

Places::Places(int workers, std::size_t slots)
    : places_(static_cast<std::size_t>(workers)), slots_taken_(slots, false) {}

std::optional<std::size_t> Places::take_slot() {
  const auto free = std::find(slots_taken_.begin(), slots_taken_.end(), false);
  if (free == slots_taken_.end()) return std::nullopt;
  *free = true;
  return static_cast<std::size_t>(free - slots_taken_.begin()) + 1;
}

WorkerProcess* Places::promote(int number) {
  Place& place = at(number);
  WorkerProcess* const replaced = place.current.get();
  if (place.current) leaving_.push_back(std::move(place.current));
  place.current = std::move(place.successor);
  return replaced;
}

WorkerProcess* Places::vacate(int number) {
  Place& place = at(number);
  if (!place.current) return nullptr;
  leaving_.push_back(std::move(place.current));
  return leaving_.back().get();
}

void Places::forget(WorkerProcess& worker) {
  const auto take = [&](std::unique_ptr<WorkerProcess>& owner) {
    slots_taken_[worker.slot() - 1] = false;
    forgotten_.push_back(std::move(owner));
  };
  for (Place& place : places_) {
    if (place.current.get() == &worker) return take(place.current);
    if (place.successor.get() == &worker) return take(place.successor);
  }
  const auto found = std::find_if(leaving_.begin(), leaving_.end(),
                                  [&](const auto& owner) { return owner.get() == &worker; });
  if (found == leaving_.end()) return;
  take(*found);
  leaving_.erase(found);
}

int Places::filled() const {
  return static_cast<int>(std::count_if(
      places_.begin(), places_.end(), [](const Place& place) { return place.current != nullptr; }));
}

bool Places::has_successor() const {
  return std::any_of(places_.begin(), places_.end(),
                     [](const Place& place) { return place.successor != nullptr; });
}

void Places::for_each(const std::function<void(WorkerProcess&)>& action) const {
  // What the action does to one worker may move it to another place.
  std::vector<WorkerProcess*> all;
  for (const Place& place : places_)
    for (const auto* const owner : {&place.current, &place.successor})
      if (*owner) all.push_back(owner->get());
  for (const auto& owner : leaving_)
    all.push_back(owner.get());
  for (WorkerProcess* const worker : all)
    action(*worker);
}

WorkerProcess* Places::find(const std::function<bool(const WorkerProcess&)>& test) const {
  WorkerProcess* found = nullptr;
  for_each([&](WorkerProcess& worker) {
    if (!found && test(worker)) found = &worker;
  });
  return found;
}

WorkerProcess* Places::find_pid(pid_t pid) const {
  return find([pid](const WorkerProcess& worker) { return worker.pid() == pid; });
}

}  // namespace penstock::supervisor
