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

CoreSnapshot read_core(const CoreSlot& row, SteadyTime now) {
  CoreSnapshot core;
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

void add_past(Scoreboard& board, WorkerSnapshot& worker) {
  const auto number = static_cast<std::size_t>(worker.number);
  const WorkerPast& past = board.past(number);
  worker.starts += past.starts.load(std::memory_order_relaxed);
  worker.counts += past;
  worker.core_requests.resize(std::max(worker.core_requests.size(), board.cores()));
  for (std::size_t i = 0; i < board.cores(); ++i)
    worker.core_requests[i] += board.past_requests(number, i).load(std::memory_order_relaxed);
}

void add_process(Scoreboard& board, std::size_t slot, SteadyTime now, WorkerSnapshot& worker) {
  ProcessSnapshot& process = worker.processes.emplace_back(read_process(board.worker(slot)));
  worker.counts += board.worker(slot);
  for (std::size_t i = 0; i < board.cores(); ++i) {
    const CoreSlot& row = board.core(slot, i);
    worker.core_requests[i] += row.requests.load(std::memory_order_relaxed);
    process.cores.push_back(read_core(row, now));
  }
  process.running = static_cast<std::uint32_t>(
      std::count_if(process.cores.begin(), process.cores.end(),
                    [](const CoreSnapshot& core) { return core.in_request; }));
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

void add_workers(Scoreboard& board, int count, SteadyTime now,
                 std::vector<WorkerSnapshot>& workers) {
  for (int number = 1; number <= count; ++number) {
    const auto index = static_cast<std::size_t>(number);
    if (workers.size() < index) workers.emplace_back().number = number;
    add_past(board, workers[index - 1]);
  }
  for (std::size_t i = 1; i <= board.size(); ++i) {
    const int number = board.worker(i).number.load(std::memory_order_relaxed);
    if (number >= 1 && number <= count)
      add_process(board, i, now, workers[static_cast<std::size_t>(number) - 1]);
  }
  for (WorkerSnapshot& worker : workers)
    std::stable_sort(worker.processes.begin(), worker.processes.end(), is_newer);
}

void Ledger::close(Scoreboard& board, int count) {
  add_workers(board, count, {}, past_);
  for (WorkerSnapshot& worker : past_)
    worker.processes.clear();
}

}  // namespace penstock::stats
