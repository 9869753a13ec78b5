// SPDX-License-Identifier: MIT
// What every worker is doing, in memory that the master and all workers share. Workers write
// with plain (relaxed atomic) stores: no lock, no system call. Readers accept slightly old
// figures.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/fd.h"
#include "base/result.h"

namespace penstock::stats {

enum class WorkerState : std::uint32_t { Absent, Starting, Ready, Stopping };

/// One worker. Its own process writes it; the master resets it before each start.
struct alignas(64) WorkerSlot {
  std::atomic<WorkerState> state{WorkerState::Absent};
  std::atomic<std::int32_t> pid{0};
  std::atomic<std::uint64_t> requests{0};    // answered since this worker began
  std::atomic<std::uint64_t> exceptions{0};  // of the app
  std::atomic<std::uint32_t> connections{0};
  std::atomic<std::uint32_t> running{0};  // app threads inside the app
  std::atomic<std::uint32_t> waiting{0};  // requests in the queue
  std::atomic<bool> saturated{false};     // every app thread is busy for longer than a moment
};

/// Common to all workers.
struct alignas(64) Totals {
  std::atomic<std::uint64_t> requests{0};
};

/// A mapping of the shared memory.
class Scoreboard {
 public:
  /// New shared memory for `workers` slots.
  static Result<Scoreboard> create(std::size_t workers);
  /// Maps one that create() made, by its descriptor.
  static Result<Scoreboard> open(int fd);

  Scoreboard(Scoreboard&& other) noexcept;
  Scoreboard& operator=(Scoreboard&& other) noexcept;
  ~Scoreboard();

  int fd() const { return fd_.get(); }
  Totals& totals();
  /// Slot of worker `number`, from 1 on.
  WorkerSlot& worker(std::size_t number);
  std::size_t size() const { return workers_; }

 private:
  Scoreboard(Fd fd, void* base, std::size_t workers);
  Fd fd_;
  void* base_ = nullptr;
  std::size_t workers_ = 0;
};

}  // namespace penstock::stats
