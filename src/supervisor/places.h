// SPDX-License-Identifier: MIT
// The numbered places of a generation's workers, and the slots of the scoreboard that they use.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "supervisor/worker_process.h"

namespace penstock::supervisor {

/// Owns every WorkerProcess of a generation.
class Places {
 public:
  struct Place {
    std::unique_ptr<WorkerProcess> current;    // null: no worker is wanted here
    std::unique_ptr<WorkerProcess> successor;  // starts, to take over
  };

  Places(int workers, std::size_t slots);

  int size() const { return static_cast<int>(places_.size()); }
  Place& at(int number) { return places_[static_cast<std::size_t>(number) - 1]; }
  const Place& at(int number) const { return places_[static_cast<std::size_t>(number) - 1]; }

  /// A slot that nobody uses, until the worker that has it is forgotten.
  std::optional<std::size_t> take_slot();

  /// The successor takes over; what it replaces is among those that leave.
  WorkerProcess* promote(int number);
  /// The place is empty; its worker is among those that leave.
  WorkerProcess* vacate(int number);
  /// An Absent worker is no longer of use: its slot is free. It lives until bury().
  void forget(WorkerProcess& worker);
  /// Destroys those that were forgotten. Not called by one of them.
  void bury() { forgotten_.clear(); }

  /// Places that have a worker.
  int filled() const;
  bool has_successor() const;
  /// Of all: current ones, successors, and those that leave.
  void for_each(const std::function<void(WorkerProcess&)>& action) const;
  WorkerProcess* find(const std::function<bool(const WorkerProcess&)>& test) const;
  WorkerProcess* find_pid(pid_t pid) const;

 private:
  std::vector<Place> places_;
  std::vector<std::unique_ptr<WorkerProcess>> leaving_;
  std::vector<std::unique_ptr<WorkerProcess>> forgotten_;
  std::vector<bool> slots_taken_;
};

}  // namespace penstock::supervisor
