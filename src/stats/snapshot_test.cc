// SPDX-License-Identifier: MIT
#include "stats/snapshot.h"

#include <gmock/gmock.h>

#include <string_view>

namespace penstock::stats {
namespace {

Scoreboard created(std::size_t slots) {
  return std::move(Scoreboard::create(slots, 2).value());
}

void write(CoreSlot& row, std::string_view request) {
  row.request.fill('\0');
  request.copy(row.request.data(), row.request.size());
}

Snapshot read(Scoreboard& board, int count, SteadyTime now = {}) {
  Snapshot snapshot;
  add_workers(board, count, now, snapshot.workers);
  return snapshot;
}

TEST(Snapshot, HasAWorkerWithoutAProcess) {
  Scoreboard board = created(3);
  const Snapshot snapshot = read(board, 2);
  ASSERT_EQ(snapshot.workers.size(), 2u);
  EXPECT_EQ(snapshot.workers[1].number, 2);
  EXPECT_EQ(snapshot.workers[1].starts, 0u);
  EXPECT_THAT(snapshot.workers[1].processes, testing::IsEmpty());
}

TEST(Snapshot, AddsUpAllProcessesOfAWorker) {
  Scoreboard board = created(4);
  for (const std::size_t slot : {1u, 4u}) {
    board.occupy(board.worker(slot), 1);
    board.started(board.worker(slot), static_cast<std::int32_t>(100 + slot));
    board.worker(slot).requests = 7;
    board.worker(slot).latency[2] = 7;
    board.core(slot, 1).requests = 7;
  }
  board.vacate(board.worker(1));
  board.occupy(board.worker(2), 1);
  board.started(board.worker(2), 102);
  board.worker(2).requests = 1;
  board.worker(2).state = WorkerState::Ready;
  board.worker(4).state = WorkerState::Stopping;

  const WorkerSnapshot worker = read(board, 1).workers[0];
  EXPECT_EQ(worker.starts, 3u);
  EXPECT_EQ(worker.counts.requests, 15u);
  EXPECT_EQ(worker.counts.latency[2], 14u);
  ASSERT_EQ(worker.processes.size(), 2u);
  EXPECT_EQ(worker.processes[0].pid, 102);
  EXPECT_EQ(worker.processes[0].requests, 1u);
  EXPECT_TRUE(worker.processes[0].accepting);
  EXPECT_THAT(worker.core_requests, testing::ElementsAre(0, 14));
  EXPECT_EQ(worker.processes[1].pid, 104);
  EXPECT_FALSE(worker.processes[1].accepting);
}

TEST(Snapshot, AddsUpTheScoreboardsOfReloads) {
  Ledger ledger;
  for (int reload = 0; reload < 3; ++reload) {
    Scoreboard board = created(1);
    board.occupy(board.worker(1), 1);
    board.started(board.worker(1), 7);
    board.worker(1).requests = 5;
    board.core(1, 0).requests = 5;
    board.vacate(board.worker(1));
    ledger.close(board, 1);
  }
  Scoreboard now = created(4);
  now.occupy(now.worker(3), 2);
  std::vector<WorkerSnapshot> workers = ledger.workers();
  add_workers(now, 2, {}, workers);
  ASSERT_EQ(workers.size(), 2u);
  EXPECT_EQ(workers[0].counts.requests, 15u);
  EXPECT_EQ(workers[0].starts, 3u);
  EXPECT_THAT(workers[0].core_requests, testing::ElementsAre(15, 0));
  EXPECT_THAT(workers[0].processes, testing::IsEmpty());
  EXPECT_EQ(workers[1].processes.size(), 1u);
}

TEST(Snapshot, ShowsTheRequestThatRuns) {
  Scoreboard board = created(1);
  board.occupy(board.worker(1), 1);
  const SteadyTime now{9s};
  board.core(1, 1).since = std::chrono::nanoseconds(7s).count();
  write(board.core(1, 1), "GET /slow");
  const std::vector<CoreSnapshot> cores = read(board, 1, now).workers[0].processes[0].cores;
  EXPECT_FALSE(cores[0].in_request);
  EXPECT_TRUE(cores[1].in_request);
  EXPECT_EQ(cores[1].age, 2'000'000'000);
  EXPECT_EQ(cores[1].request, "GET /slow");
  EXPECT_EQ(read(board, 1, now).workers[0].processes[0].running, 1u);
}

TEST(Snapshot, EndsARequestThatFillsItsRow) {
  Scoreboard board = created(1);
  board.occupy(board.worker(1), 1);
  board.core(1, 0).since = 1;
  write(board.core(1, 0), std::string(CoreSlot::kRequestBytes, 'x'));
  const Snapshot snapshot = read(board, 1);
  EXPECT_EQ(snapshot.workers[0].processes[0].cores[0].request.size(), CoreSlot::kRequestBytes);
}

}  // namespace
}  // namespace penstock::stats
