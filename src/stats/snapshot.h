// SPDX-License-Identifier: MIT
// What the server did and does at one moment, as plain values: what the stats server, /metrics
// and the log show is made from it.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "stats/scoreboard.h"

namespace penstock::stats {

/// Counters, read.
struct Counts {
  std::uint64_t requests = 0;
  std::uint64_t exceptions = 0;
  std::uint64_t harakiris = 0;
  std::uint64_t queue_timeouts = 0;
  std::uint64_t bytes_sent = 0;
  std::uint64_t running_time = 0;  // microseconds
  std::array<std::uint64_t, 6> by_class{};
  std::array<std::uint64_t, kLatencyBounds.size() + 1> latency{};

  Counts& operator+=(const Counters& more);
  Counts& operator+=(const Counts& more);
};

/// An app thread.
struct CoreSnapshot {
  bool in_request = false;
  std::int64_t age = 0;  // of the request that runs, in nanoseconds
  std::string request;   // "GET /path" as the peer wrote it, cut; any bytes
  std::string peer;      // its address
};

/// A worker process.
struct ProcessSnapshot {
  WorkerState state = WorkerState::Absent;
  std::int32_t pid = 0;
  std::int64_t started_at = 0;  // seconds since the epoch
  std::uint32_t connections = 0;
  std::uint32_t running = 0;  // of its threads: those with a request
  std::uint32_t waiting = 0;
  bool saturated = false;
  bool accepting = false;
  std::uint64_t requests = 0;
  std::uint64_t average_time = 0;  // microseconds
  std::uint64_t rss = 0;           // bytes; 0: not known
  std::uint64_t vsz = 0;
  std::vector<CoreSnapshot> cores;
};

/// A worker with its numbered place: its processes one after the other.
struct WorkerSnapshot {
  int number = 0;
  std::uint64_t starts = 0;
  Counts counts;                             // of all its processes
  std::vector<std::uint64_t> core_requests;  // of each thread in all of them
  /// The newest first: those behind it finish what they have. Empty: it has none now.
  std::vector<ProcessSnapshot> processes;
};

/// A listening socket.
struct SocketSnapshot {
  std::string name;  // its address
  std::string protocol;
  std::uint32_t queue = 0;      // connections that nobody has accepted yet
  std::uint32_t max_queue = 0;  // how many may wait
};

struct Snapshot {
  std::string version;
  std::int32_t pid = 0;  // the master's
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::string folder;
  std::int64_t started_at = 0;  // seconds since the epoch
  std::int64_t now = 0;         // likewise
  /// How often a full queue was found since the start, by TCP in the whole network namespace.
  std::uint64_t listen_overflows = 0;
  std::vector<SocketSnapshot> sockets;
  std::vector<WorkerSnapshot> workers;
};

/// Adds what workers 1 to `count` did and do to `workers`, without what only /proc knows. The
/// servers of several scoreboards add up, as those of before and after a reload.
void add_workers(Scoreboard& board, int count, SteadyTime now,
                 std::vector<WorkerSnapshot>& workers);

/// What scoreboards have counted that are there no more.
class Ledger {
 public:
  /// No process of this scoreboard lives.
  void close(Scoreboard& board, int count);
  /// What add_workers() goes on with.
  std::vector<WorkerSnapshot> workers() const { return past_; }

 private:
  std::vector<WorkerSnapshot> past_;
};

}  // namespace penstock::stats
