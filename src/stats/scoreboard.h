// SPDX-License-Identifier: MIT
// What every worker is doing, in memory that the master and all workers share. Workers write
// with plain (relaxed atomic) stores: no lock, no system call. Readers accept slightly old
// figures.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/fd.h"
#include "base/result.h"

namespace penstock::stats {

enum class WorkerState : std::uint32_t { Absent, Starting, Ready, Stopping };

/// Bounds of the latency histogram, in microseconds: a bucket counts what took at most that long.
/// One more bucket counts the rest.
inline constexpr std::array<std::uint64_t, 12> kLatencyBounds{
    1'000,   2'500,   5'000,     10'000,    25'000,    50'000,
    100'000, 250'000, 1'000'000, 2'500'000, 5'000'000, 10'000'000};

/// What happened so far.
struct Counters {
  std::atomic<std::uint64_t> requests{0};    // answered
  std::atomic<std::uint64_t> exceptions{0};  // of the app
  std::atomic<std::uint64_t> harakiris{0};   // requests over their time limit
  std::atomic<std::uint64_t> queue_timeouts{0};
  std::atomic<std::uint64_t> bytes_sent{0};              // of answers, heads included
  std::atomic<std::uint64_t> running_time{0};            // microseconds, of all requests
  std::array<std::atomic<std::uint64_t>, 6> by_class{};  // [status / 100]; [0]: any other
  std::array<std::atomic<std::uint64_t>, kLatencyBounds.size() + 1> latency{};
};

/// One worker process. Its own process writes it; the master resets it before each start. The
/// counters are of this process.
struct alignas(64) WorkerSlot : Counters {
  std::atomic<WorkerState> state{WorkerState::Absent};
  std::atomic<std::int32_t> pid{0};
  std::atomic<std::int32_t> number{0};      // the worker's, from 1 on; 0: the slot is free
  std::atomic<std::int64_t> started_at{0};  // seconds since the epoch
  std::atomic<std::uint32_t> connections{0};
  std::atomic<std::uint32_t> running{0};       // app threads inside the app
  std::atomic<std::uint32_t> waiting{0};       // requests in the queue
  std::atomic<bool> saturated{false};          // every app thread is busy for longer than a moment
  std::atomic<bool> accepting{true};           // uwsgi.accepting(): only a mark
  std::atomic<std::uint64_t> average_time{0};  // microseconds; uWSGI's (old + new) / 2
};

/// What the processes of one worker did that have ended. The master writes it.
struct alignas(64) WorkerPast : Counters {
  std::atomic<std::uint64_t> starts{0};  // processes so far, the living one too
};

/// One app thread of a worker: a row for each request that runs. Its worker writes it.
struct alignas(64) CoreSlot {
  static constexpr std::size_t kRequestBytes = 200;
  std::atomic<std::int64_t> since{
      0};  // steady clock, ns: when the request was given to the app; 0: none runs
  std::atomic<std::int64_t> deadline{0};  // steady clock, ns: its time limit; 0: none
  std::atomic<std::uint64_t> requests{0};
  /// "GET /path", cut; only to be looked at by people: it may be torn.
  std::array<char, kRequestBytes> request{};
  static constexpr std::size_t kPeerBytes = 48;
  std::array<char, kPeerBytes> peer{};  // the client's address, likewise
};

/// Common to all workers.
struct alignas(64) Totals {
  std::atomic<std::uint64_t> requests{0};
};

/// A mapping of the shared memory.
class Scoreboard {
 public:
  /// New shared memory for `slots` worker processes with `cores` app threads each.
  static Result<Scoreboard> create(std::size_t slots, std::size_t cores);
  /// Maps one that create() made, by its descriptor.
  static Result<Scoreboard> open(int fd);

  Scoreboard(Scoreboard&& other) noexcept;
  Scoreboard& operator=(Scoreboard&& other) noexcept;
  ~Scoreboard();

  int fd() const { return fd_.get(); }
  Totals& totals();
  /// A worker process's slot, from 1 on. There are more than workers, since a worker that ends
  /// and its successor have one each: WorkerSlot::number says whose it is.
  WorkerSlot& worker(std::size_t slot);
  /// Row of app thread `index`, from 0 on.
  CoreSlot& core(std::size_t slot, std::size_t index);
  /// Of worker `number`, which is at the most size().
  WorkerPast& past(std::size_t number);
  /// Requests of its thread `index` in the processes that have ended.
  std::atomic<std::uint64_t>& past_requests(std::size_t number, std::size_t index);

  // The master's: the life of a slot.
  /// It is given to a new process of worker `number`.
  void occupy(WorkerSlot& slot, int number);
  /// The process runs.
  void started(WorkerSlot& slot, std::int32_t pid);
  /// The process is gone or never was: what it counted is kept as its worker's past.
  void vacate(WorkerSlot& slot);

  std::size_t size() const { return workers_; }
  std::size_t cores() const { return cores_; }

 private:
  Scoreboard(Fd fd, void* base, std::size_t workers, std::size_t cores);
  std::size_t number_of(const WorkerSlot& slot);
  Fd fd_;
  void* base_ = nullptr;
  std::size_t workers_ = 0;
  std::size_t cores_ = 0;
};

}  // namespace penstock::stats
