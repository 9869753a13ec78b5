// SPDX-License-Identifier: MIT
#include "server/crew.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <functional>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

namespace penstock::server {
namespace {

/// The calling thread ran a job and did not rest since.
thread_local bool has_run = false;

class FakeJob final : public Job {
 public:
  explicit FakeJob(std::function<void(int)> action) : action_(std::move(action)) {}
  void run(int slot) noexcept override {
    has_run = true;
    action_(slot);
  }

 private:
  std::function<void(int)> action_;
};

/// A loop without descriptors: jobs are put in by the test, and counted as they come back.
class FakeOwner final : public LoopOwner {
 public:
  void add(Job& job) {
    const std::lock_guard lock(mutex_);
    ready_.push_back(&job);
    changed_.notify_all();
  }
  void finish_after(std::size_t jobs) {
    const std::lock_guard lock(mutex_);
    expected_ = jobs;
    changed_.notify_all();
  }
  void set_most_waiting(std::size_t most) { most_waiting_ = most; }
  std::size_t returned_count() {
    const std::lock_guard lock(mutex_);
    return returned_;
  }
  std::size_t refused_count() {
    const std::lock_guard lock(mutex_);
    return refused_;
  }
  void wait_for_returned(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return returned_ >= count; });
  }

  Job* work(bool& idle) override {
    const std::lock_guard lock(mutex_);
    if (ready_.empty()) {
      idle = true;
      return nullptr;
    }
    Job* const job = ready_.front();
    ready_.erase(ready_.begin());
    return job;
  }
  void rest() override { has_run = false; }
  void wait() override {
    EXPECT_FALSE(has_run) << "a thread waits that did not rest";
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] {
      return !ready_.empty() || interrupted_ || returned_ + refused_ >= expected_;
    });
    interrupted_ = false;
  }
  void interrupt() override {
    const std::lock_guard lock(mutex_);
    interrupted_ = true;
    changed_.notify_all();
  }
  void returned(Job&) override {
    const std::lock_guard lock(mutex_);
    ++returned_;
    changed_.notify_all();
  }
  bool admit(Job&, std::size_t waiting) override {
    if (waiting < most_waiting_) return true;
    const std::lock_guard lock(mutex_);
    ++refused_;
    changed_.notify_all();
    return false;
  }
  bool finished() override {
    const std::lock_guard lock(mutex_);
    return returned_ + refused_ >= expected_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Job*> ready_;
  std::size_t returned_ = 0;
  std::size_t refused_ = 0;
  std::size_t expected_ = SIZE_MAX;
  std::size_t most_waiting_ = SIZE_MAX;
  bool interrupted_ = false;
};

/// Lets as many threads go on as have come together.
class Gate {
 public:
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void arrive_and_wait() {
    std::unique_lock lock(mutex_);
    ++arrived_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
  }
  void wait_for_arrivals(int count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return arrived_ >= count; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int arrived_ = 0;
  bool open_ = false;
};

/// A crew at work in a thread of its own.
class RunningCrew {
 public:
  RunningCrew(FakeOwner& owner, int slots, ThreadHooks hooks = {})
      : crew_(owner, slots, std::move(hooks)), thread_([this] { crew_.run(); }) {}
  ~RunningCrew() { join(); }
  void join() {
    if (thread_.joinable()) thread_.join();
  }
  Crew& crew() { return crew_; }

 private:
  Crew crew_;
  std::thread thread_;
};

TEST(Crew, RunsEveryJobOnce) {
  constexpr std::size_t kJobs = 20'000;
  FakeOwner owner;
  std::atomic<std::size_t> runs{0};
  FakeJob job([&](int) { ++runs; });
  owner.finish_after(kJobs);
  for (std::size_t i = 0; i < kJobs; ++i)
    owner.add(job);
  { RunningCrew running(owner, 4); }
  EXPECT_EQ(runs.load(), kJobs);
  EXPECT_EQ(owner.returned_count(), kJobs);
}

TEST(Crew, TheLoopGoesOnWhileItsOnlySlotIsBusy) {
  FakeOwner owner;
  owner.set_most_waiting(0);
  Gate gate;
  FakeJob slow([&](int) { gate.arrive_and_wait(); });
  FakeJob other([](int) {});
  owner.finish_after(2);
  RunningCrew running(owner, 1);
  owner.add(slow);
  gate.wait_for_arrivals(1);
  owner.add(other);
  // Somebody else leads now: only a leader refuses jobs.
  while (owner.refused_count() == 0)
    std::this_thread::yield();
  gate.open();
}

TEST(Crew, EveryThreadRestsBeforeItWaitsOrLeaves) {
  FakeOwner owner;
  Gate gate;
  FakeJob slow([&](int) { gate.arrive_and_wait(); });
  FakeJob quick([](int) {});
  std::atomic<int> restless{0};
  owner.finish_after(102);
  owner.add(slow);
  RunningCrew running(owner, 1, {.begin = {}, .end = [&] { restless += has_run; }});
  gate.wait_for_arrivals(1);
  owner.add(quick);
  while (running.crew().waiting() == 0)  // another thread leads, and the first one gives back
    std::this_thread::yield();
  gate.open();
  for (int i = 0; i < 100; ++i) {
    owner.add(quick);
    std::this_thread::yield();
  }
  running.join();
  EXPECT_EQ(restless.load(), 0);
}

TEST(Crew, RunsAsManyJobsAtOnceAsItHasSlotsAndNoMore) {
  constexpr int kSlots = 4;
  FakeOwner owner;
  Gate gate;
  std::mutex mutex;
  std::set<int> slots;
  FakeJob slow([&](int slot) {
    {
      const std::lock_guard lock(mutex);
      slots.insert(slot);
    }
    gate.arrive_and_wait();
  });
  std::atomic<int> most{0};
  std::atomic<int> now{0};
  FakeJob counted([&](int) {
    const int running = ++now;
    int seen = most.load();
    while (running > seen && !most.compare_exchange_weak(seen, running)) {
    }
    --now;
  });
  owner.finish_after(kSlots + 1000);
  RunningCrew running(owner, kSlots);
  for (int i = 0; i < kSlots; ++i)
    owner.add(slow);
  gate.wait_for_arrivals(kSlots);
  EXPECT_EQ(slots, (std::set<int>{0, 1, 2, 3}));
  for (int i = 0; i < 1000; ++i)
    owner.add(counted);
  while (running.crew().waiting() < 1000)
    std::this_thread::yield();
  EXPECT_EQ(most.load(), 0);
  gate.open();
  owner.wait_for_returned(kSlots + 1000);
  EXPECT_LE(most.load(), kSlots);
}

TEST(Crew, CallsTheHooksOnEveryThreadOfItsOwn) {
  FakeOwner owner;
  owner.finish_after(0);
  std::atomic<int> begun{0};
  std::atomic<int> ended{0};
  {
    RunningCrew running(owner, 3, {[&] { ++begun; }, [&] { ++ended; }});
  }
  EXPECT_EQ(begun.load(), 3);
  EXPECT_EQ(ended.load(), 3);
}

TEST(Crew, KeepsItsCountsUnderAMixOfQuickAndSlowJobs) {
  constexpr std::size_t kJobs = 3000;
  FakeOwner owner;
  std::atomic<std::size_t> runs{0};
  FakeJob quick([&](int) { ++runs; });
  FakeJob slow([&](int) {
    ++runs;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  });
  owner.finish_after(kJobs);
  RunningCrew running(owner, 3);
  for (std::size_t i = 0; i < kJobs; ++i)
    owner.add(i % 50 == 0 ? slow : quick);
  owner.wait_for_returned(kJobs);
  EXPECT_EQ(runs.load(), kJobs);
}

}  // namespace
}  // namespace penstock::server
