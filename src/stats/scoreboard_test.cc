// SPDX-License-Identifier: MIT
#include "stats/scoreboard.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

namespace penstock::stats {
namespace {

Scoreboard created(std::size_t workers) {
  auto made = Scoreboard::create(workers, 2);
  EXPECT_TRUE(made) << made.error().what;
  return std::move(*made);
}

TEST(Scoreboard, BeginsWithEmptySlots) {
  Scoreboard board = created(3);
  EXPECT_EQ(board.size(), 3u);
  EXPECT_EQ(board.totals().requests.load(), 0u);
  for (std::size_t number = 1; number <= 3; ++number) {
    EXPECT_EQ(board.worker(number).state.load(), WorkerState::Absent);
    EXPECT_EQ(board.worker(number).pid.load(), 0);
    EXPECT_FALSE(board.worker(number).saturated.load());
  }
}

TEST(Scoreboard, ShowsWhatAForkedProcessWrites) {
  Scoreboard board = created(2);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    auto mine = Scoreboard::open(board.fd());
    if (!mine) ::_exit(1);
    mine->worker(2).state.store(WorkerState::Ready);
    mine->worker(2).pid.store(::getpid());
    mine->totals().requests.fetch_add(41);
    board.totals().requests.fetch_add(1);  // the inherited mapping is the same memory
    ::_exit(0);
  }
  int status = -1;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_EQ(status, 0);
  EXPECT_EQ(board.worker(2).state.load(), WorkerState::Ready);
  EXPECT_EQ(board.worker(2).pid.load(), child);
  EXPECT_EQ(board.worker(1).state.load(), WorkerState::Absent);
  EXPECT_EQ(board.totals().requests.load(), 42u);
}

TEST(Scoreboard, OpensWithoutTakingTheDescriptor) {
  Scoreboard board = created(4);
  {
    auto second = Scoreboard::open(board.fd());
    ASSERT_TRUE(second) << second.error().what;
    EXPECT_EQ(second->size(), 4u);
    EXPECT_NE(second->fd(), board.fd());
    EXPECT_NE(::fcntl(second->fd(), F_GETFD) & FD_CLOEXEC, 0);
  }
  EXPECT_TRUE(Scoreboard::open(board.fd()));
}

TEST(Scoreboard, KeepsSlotsOnCacheLinesOfTheirOwn) {
  Scoreboard board = created(2);
  const auto first = reinterpret_cast<std::uintptr_t>(&board.worker(1));
  const auto second = reinterpret_cast<std::uintptr_t>(&board.worker(2));
  EXPECT_EQ(first % 64, 0u);
  EXPECT_GE(second - first, 64u);
}

TEST(Scoreboard, HasARowForEachThreadOfEachWorker) {
  Scoreboard board = created(2);
  board.core(1, 0).since = 1;
  board.core(1, 1).since = 2;
  board.core(2, 0).since = 3;
  board.core(2, 1).since = 4;
  board.worker(2).requests = 5;
  auto other = Scoreboard::open(board.fd());
  ASSERT_TRUE(other) << other.error().what;
  EXPECT_EQ(other->cores(), 2u);
  EXPECT_EQ(other->core(1, 0).since, 1);
  EXPECT_EQ(other->core(1, 1).since, 2);
  EXPECT_EQ(other->core(2, 0).since, 3);
  EXPECT_EQ(other->core(2, 1).since, 4);
}

TEST(Scoreboard, StaysItselfWhenMoved) {
  Scoreboard board = created(1);
  board.worker(1).requests.store(7);
  Scoreboard other = std::move(board);
  EXPECT_EQ(other.worker(1).requests.load(), 7u);
  Scoreboard third = created(2);
  third = std::move(other);
  EXPECT_EQ(third.size(), 1u);
  EXPECT_EQ(third.worker(1).requests.load(), 7u);
}

TEST(Scoreboard, CannotBeCutUnderTheOthers) {
  Scoreboard board = created(1);
  EXPECT_LT(::ftruncate(board.fd(), 0), 0);
}

TEST(Scoreboard, RefusesDescriptorsOfSomethingElse) {
  EXPECT_FALSE(Scoreboard::open(-1));
  const Fd empty{::memfd_create("test", MFD_CLOEXEC)};
  EXPECT_FALSE(Scoreboard::open(empty.get()));
  ASSERT_EQ(::ftruncate(empty.get(), 4096), 0);
  EXPECT_FALSE(Scoreboard::open(empty.get()));
  EXPECT_FALSE(Scoreboard::create(0, 1));
}

TEST(Scoreboard, KeepsWhatEndedProcessesCounted) {
  Scoreboard board = created(3);
  for (const std::size_t slot : {3u, 1u}) {  // a successor has another slot
    WorkerSlot& process = board.worker(slot);
    board.occupy(process, 2);
    EXPECT_EQ(process.state, WorkerState::Starting);
    board.started(process, 77);
    EXPECT_EQ(process.pid, 77);
    EXPECT_GT(process.started_at, 0);
    process.requests = 5;
    process.by_class[2] = 4;
    process.latency[1] = 3;
    process.running = 2;
    board.core(slot, 1).requests = 5;
    board.core(slot, 1).since = 12345;
    board.vacate(process);
    EXPECT_EQ(process.requests, 0u);
    EXPECT_EQ(process.running, 0u);
    EXPECT_EQ(process.number, 0);
    EXPECT_EQ(process.state, WorkerState::Absent);
    EXPECT_EQ(board.core(slot, 1).since, 0);
  }
  EXPECT_EQ(board.past(2).starts, 2u);
  EXPECT_EQ(board.past(2).requests, 10u);
  EXPECT_EQ(board.past(2).by_class[2], 8u);
  EXPECT_EQ(board.past(2).latency[1], 6u);
  EXPECT_EQ(board.past_requests(2, 1), 10u);
  EXPECT_EQ(board.past_requests(2, 0), 0u);
  EXPECT_EQ(board.past(1).requests, 0u);
}

TEST(Scoreboard, ForgetsASlotThatNobodyHad) {
  Scoreboard board = created(1);
  board.vacate(board.worker(1));
  EXPECT_EQ(board.past(1).requests, 0u);
  EXPECT_EQ(board.past(1).starts, 0u);
}

}  // namespace
}  // namespace penstock::stats
