// SPDX-License-Identifier: MIT
// What a stats server says, read from its JSON: ours, or uWSGI's own, which has less.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace penstock::console {

/// A request that runs. `text` is a peer's, escaped for a terminal.
struct RunningRequest {
  int worker = 0;
  int pid = 0;
  std::string text;
  std::string peer;
  std::uint64_t age = 0;  // microseconds
};

struct WorkerRow {
  int id = 0;
  int pid = 0;
  std::string state;
  bool accepting = false;
  std::uint64_t requests = 0;
  std::uint64_t exceptions = 0;
  std::uint64_t harakiris = 0;
  std::uint64_t respawns = 0;
  std::uint64_t sent = 0;          // bytes
  std::uint64_t running_time = 0;  // microseconds
  std::uint64_t average_time = 0;  // microseconds
  std::uint64_t rss = 0;           // bytes
  std::uint64_t running = 0;
  std::uint64_t waiting = 0;
  std::uint64_t connections = 0;
  std::array<std::uint64_t, 6> answers{};  // [status / 100]; [0]: other
  std::size_t leaving = 0;                 // processes that finish what they have
};

struct SocketRow {
  std::string name;
  std::string protocol;
  std::uint64_t queue = 0;
  std::uint64_t limit = 0;
};

struct View {
  std::string server;  // "penstock" or "uwsgi"
  std::string version;
  std::string folder;
  int pid = 0;
  std::int64_t uptime = -1;  // seconds; -1: not known
  std::uint64_t listen_queue = 0;
  std::vector<SocketRow> sockets;
  std::vector<WorkerRow> workers;
  std::vector<RunningRequest> requests;  // the oldest first
};

/// All text in it is safe to print.
Result<View> read_view(std::string_view json);

}  // namespace penstock::console
