// SPDX-License-Identifier: MIT
#include "stats/snapshot.h"

#include <algorithm>
#include <cstring>

namespace penstock::stats {
namespace {

/// Up to its NUL; another process may be writing it.
template <std::size_t N>
std::string text_of(const std::array<char, N>& bytes) {
  std::array<char, N> copy;
  std::memcpy(copy.data(), bytes.data(), N);
  return {copy.data(), ::strnlen(copy.data(), N)};
}

CoreSnapshot read_core(const CoreSlot& row, std::uint64_t past, SteadyTime now) {
  CoreSnapshot core;
  core.requests = past + row.requests.load(std::memory_order_relaxed);
  const std::int64_t since = row.since.load(std::memory_order_relaxed);
  core.in_request = since != 0;
  if (!core.in_request) return core;
  core.age = std::max<std::int64_t>(now.time_since_epoch().count() - since, 0);
  core.request = text_of(row.request);
  core.peer = text_of(row.peer);
  return core;
}

ProcessSnapshot read_process(const WorkerSlot& slot) {
  ProcessSnapshot process;
  process.state = slot.state.load(std::memory_order_relaxed);
  process.pid = slot.pid.load(std::memory_order_relaxed);
  process.started_at = slot.started_at.load(std::memory_order_relaxed);
  process.connections = slot.connections.load(std::memory_order_relaxed);
  process.running = slot.running.load(std::memory_order_relaxed);
  process.waiting = slot.waiting.load(std::memory_order_relaxed);
  process.saturated = slot.saturated.load(std::memory_order_relaxed);
  process.accepting = process.state == WorkerState::Ready && slot.accepting;
  process.requests = slot.requests.load(std::memory_order_relaxed);
  process.average_time = slot.average_time.load(std::memory_order_relaxed);
  return process;
}

/// Whether it goes before the other: not leaving, then younger.
bool is_newer(const ProcessSnapshot& a, const ProcessSnapshot& b) {
  const bool a_stays = a.state != WorkerState::Stopping;
  const bool b_stays = b.state != WorkerState::Stopping;
  return a_stays != b_stays ? a_stays : a.started_at > b.started_at;
}

}  // namespace

Counts& Counts::operator+=(const Counters& more) {
  requests += more.requests.load(std::memory_order_relaxed);
  exceptions += more.exceptions.load(std::memory_order_relaxed);
  harakiris += more.harakiris.load(std::memory_order_relaxed);
  queue_timeouts += more.queue_timeouts.load(std::memory_order_relaxed);
  bytes_sent += more.bytes_sent.load(std::memory_order_relaxed);
  running_time += more.running_time.load(std::memory_order_relaxed);
  for (std::size_t i = 0; i < by_class.size(); ++i)
    by_class[i] += more.by_class[i].load(std::memory_order_relaxed);
  for (std::size_t i = 0; i < latency.size(); ++i)
    latency[i] += more.latency[i].load(std::memory_order_relaxed);
  return *this;
}

Counts& Counts::operator+=(const Counts& more) {
  requests += more.requests;
  exceptions += more.exceptions;
  harakiris += more.harakiris;
  queue_timeouts += more.queue_timeouts;
  bytes_sent += more.bytes_sent;
  running_time += more.running_time;
  for (std::size_t i = 0; i < by_class.size(); ++i)
    by_class[i] += more.by_class[i];
  for (std::size_t i = 0; i < latency.size(); ++i)
    latency[i] += more.latency[i];
  return *this;
}

void read_workers(Scoreboard& board, int count, SteadyTime now, Snapshot& into) {
  const std::size_t first = into.workers.size();
  for (int number = 1; number <= count; ++number) {
    WorkerSnapshot& worker = into.workers.emplace_back();
    const WorkerPast& past = board.past(static_cast<std::size_t>(number));
    worker.number = number;
    worker.starts = past.starts.load(std::memory_order_relaxed);
    worker.counts += past;
  }
  for (std::size_t i = 1; i <= board.size(); ++i) {
    const WorkerSlot& slot = board.worker(i);
    const int number = slot.number.load(std::memory_order_relaxed);
    if (number < 1 || number > count) continue;
    const auto index = static_cast<std::size_t>(number);
    WorkerSnapshot& worker = into.workers[first + index - 1];
    worker.counts += slot;
    ProcessSnapshot process = read_process(slot);
    for (std::size_t core = 0; core < board.cores(); ++core)
      process.cores.push_back(
          read_core(board.core(i, core), board.past_requests(index, core), now));
    worker.processes.push_back(std::move(process));
  }
  for (std::size_t i = first; i < into.workers.size(); ++i)
    std::stable_sort(into.workers[i].processes.begin(), into.workers[i].processes.end(), is_newer);
}

}  // namespace penstock::stats
