// SPDX-License-Identifier: MIT
#include "net/loop.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <atomic>
#include <csignal>
#include <functional>
#include <thread>
#include <vector>

namespace penstock::net {
namespace {

constexpr milliseconds kForever = 60s;  // longer than any test may take

struct Pair {
  Pair() {
    std::array<int, 2> ends{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()), 0);
    near.reset(ends[0]);
    far.reset(ends[1]);
  }
  void send() const { EXPECT_EQ(::write(far.get(), "x", 1), 1); }
  void receive() const {
    char byte = 0;
    EXPECT_EQ(::read(near.get(), &byte, 1), 1);
  }
  Fd near;
  Fd far;
};

class Recorder final : public Watcher {
 public:
  explicit Recorder(std::function<void(std::uint32_t)> action = [](std::uint32_t) {})
      : action_(std::move(action)) {}
  void on_ready(std::uint32_t events) override {
    seen.push_back(events);
    action_(events);
  }
  std::vector<std::uint32_t> seen;

 private:
  std::function<void(std::uint32_t)> action_;
};

class Alarm final : public Timer {
 public:
  explicit Alarm(std::function<void()> action = [] {}) : action_(std::move(action)) {}
  bool rang = false;

 private:
  void on_timeout() override {
    rang = true;
    action_();
  }
  std::function<void()> action_;
};

class LoopTest : public testing::Test {
 protected:
  void SetUp() override {
    auto made = Loop::create();
    ASSERT_TRUE(made) << made.error().what;
    loop_ = std::move(*made);
  }

  int dispatch_all() {
    int events = 0;
    while (loop_->dispatch_next())
      ++events;
    return events;
  }

  std::unique_ptr<Loop> loop_;
};

TEST_F(LoopTest, HandsEachReadyDescriptorToItsWatcherOneAtATime) {
  const Pair a;
  const Pair b;
  Recorder on_a;
  Recorder on_b;
  ASSERT_TRUE(loop_->watch(a.near.get(), EPOLLIN, on_a));
  ASSERT_TRUE(loop_->watch(b.near.get(), EPOLLIN, on_b));
  loop_->collect(0ms);
  EXPECT_FALSE(loop_->dispatch_next());

  a.send();
  b.send();
  loop_->collect(kForever);
  EXPECT_TRUE(loop_->dispatch_next());
  EXPECT_EQ(on_a.seen.size() + on_b.seen.size(), 1U);
  EXPECT_TRUE(loop_->dispatch_next());
  EXPECT_FALSE(loop_->dispatch_next());
  EXPECT_EQ(on_a.seen, std::vector<std::uint32_t>{EPOLLIN});
  EXPECT_EQ(on_b.seen, std::vector<std::uint32_t>{EPOLLIN});
  loop_->forget(a.near.get(), on_a);
  loop_->forget(b.near.get(), on_b);
}

TEST_F(LoopTest, DeliversMoreEventsThanOneBatchHolds) {
  constexpr std::size_t kPairs = 300;
  const std::vector<Pair> pairs(kPairs);
  std::vector<Recorder> watchers(kPairs);
  for (std::size_t i = 0; i < kPairs; ++i) {
    ASSERT_TRUE(loop_->watch(pairs[i].near.get(), EPOLLIN | EPOLLET, watchers[i]));
    pairs[i].send();
  }
  int events = 0;
  while (events < static_cast<int>(kPairs)) {
    loop_->collect(kForever);
    events += dispatch_all();
  }
  for (const Recorder& watcher : watchers)
    EXPECT_EQ(watcher.seen.size(), 1U);
}

TEST_F(LoopTest, KeepsAnEventFromAWatcherThatWasForgottenAfterItWasCollected) {
  const Pair a;
  const Pair b;
  Recorder* first = nullptr;
  Recorder on_a([&](std::uint32_t) { first = &on_a; });
  Recorder on_b([&](std::uint32_t) { first = &on_b; });
  ASSERT_TRUE(loop_->watch(a.near.get(), EPOLLIN, on_a));
  ASSERT_TRUE(loop_->watch(b.near.get(), EPOLLIN, on_b));
  a.send();
  b.send();
  loop_->collect(kForever);
  ASSERT_TRUE(loop_->dispatch_next());
  if (first == &on_a) {
    loop_->forget(b.near.get(), on_b);
  } else {
    loop_->forget(a.near.get(), on_a);
  }
  EXPECT_FALSE(loop_->dispatch_next());
  EXPECT_EQ(on_a.seen.size() + on_b.seen.size(), 1U);
}

TEST_F(LoopTest, ForgetsTwiceAndWhatWasNeverWatched) {
  const Pair pair;
  Recorder watcher;
  ASSERT_TRUE(loop_->watch(pair.near.get(), EPOLLIN, watcher));
  loop_->forget(pair.near.get(), watcher);
  loop_->forget(pair.near.get(), watcher);
  loop_->forget(pair.far.get(), watcher);
  pair.send();
  loop_->collect(0ms);
  EXPECT_FALSE(loop_->dispatch_next());
}

TEST_F(LoopTest, ReportsAnEdgeOnceAndAgainAfterAChange) {
  const Pair pair;
  Recorder watcher;
  ASSERT_TRUE(loop_->watch(pair.near.get(), EPOLLIN | EPOLLET, watcher));
  pair.send();
  loop_->collect(kForever);
  EXPECT_EQ(dispatch_all(), 1);
  loop_->collect(0ms);
  EXPECT_EQ(dispatch_all(), 0);

  ASSERT_TRUE(loop_->change(pair.near.get(), EPOLLIN | EPOLLOUT | EPOLLET, watcher));
  loop_->collect(kForever);
  EXPECT_EQ(dispatch_all(), 1);
  EXPECT_EQ(watcher.seen.back(), std::uint32_t{EPOLLIN | EPOLLOUT});
}

TEST_F(LoopTest, RefusesADescriptorThatCannotBeWatched) {
  Recorder watcher;
  const auto closed = loop_->watch(-1, EPOLLIN, watcher);
  ASSERT_FALSE(closed);
  EXPECT_EQ(closed.error().code, EBADF);
  const Pair pair;
  EXPECT_FALSE(loop_->change(pair.near.get(), EPOLLIN, watcher));
}

TEST_F(LoopTest, WaitsNoLongerThanTheNextTimer) {
  Alarm alarm;
  const SteadyTime deadline = steady_now() + 20ms;
  loop_->timers().arm(alarm, deadline);
  while (!alarm.rang)
    loop_->collect(kForever);
  EXPECT_GE(loop_->now(), deadline);
}

TEST_F(LoopTest, LetsATimerForgetAWatcherWhoseEventWasCollected) {
  const Pair pair;
  Recorder watcher;
  ASSERT_TRUE(loop_->watch(pair.near.get(), EPOLLIN, watcher));
  pair.send();
  Alarm alarm([&] { loop_->forget(pair.near.get(), watcher); });
  loop_->timers().arm(alarm, loop_->now() - 1s);
  while (!alarm.rang) {
    loop_->collect(kForever);
    if (alarm.rang) break;
    EXPECT_EQ(dispatch_all(), 1);
  }
  watcher.seen.clear();
  EXPECT_EQ(dispatch_all(), 0);
  EXPECT_TRUE(watcher.seen.empty());
}

TEST_F(LoopTest, IsWokenBeforeAndWhileItWaitsAndOnlyOnce) {
  loop_->wake();
  loop_->wake();
  loop_->collect(kForever);
  EXPECT_FALSE(loop_->dispatch_next());
  const SteadyTime before = steady_now();
  loop_->collect(1ms);  // nothing is left of the two
  EXPECT_GE(steady_now() - before, 1ms);
  loop_->wake();
  loop_->collect(kForever);
}

TEST_F(LoopTest, LosesNoWakeFromOtherThreads) {
  constexpr int kThreads = 2;
  constexpr int kEach = 2000;
  std::atomic<int> given{0};
  std::atomic<int> taken{0};
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int k = 1; k <= kEach; ++k) {
        given.fetch_add(1);
        loop_->wake();
        // Now and then it waits for the loop, so that this one really sleeps.
        if (k % 10 == 0) {
          const int goal = given.load();
          while (taken.load() < goal)
            std::this_thread::yield();
        }
      }
    });
  }
  while (taken.load() < kThreads * kEach) {
    loop_->collect(kForever);
    taken.store(given.load());
    EXPECT_FALSE(loop_->dispatch_next());
  }
  for (std::thread& thread : threads)
    thread.join();
}

TEST_F(LoopTest, MayChangeItsOwnerInsideAWatcher) {
  const Pair a;
  const Pair b;
  std::thread other;
  Recorder on_b;
  Recorder on_a([&](std::uint32_t) {
    a.receive();
    b.send();
    other = std::thread([&] {
      while (loop_->dispatch_next()) {
      }
      loop_->collect(kForever);
      EXPECT_TRUE(loop_->dispatch_next());
      loop_.reset();
    });
    other.join();
  });
  ASSERT_TRUE(loop_->watch(a.near.get(), EPOLLIN, on_a));
  ASSERT_TRUE(loop_->watch(b.near.get(), EPOLLIN, on_b));
  a.send();
  loop_->collect(kForever);
  EXPECT_TRUE(loop_->dispatch_next());
  EXPECT_EQ(on_b.seen.size(), 1U);
}

TEST_F(LoopTest, ReturnsWhenASignalIsHandled) {
  struct sigaction action {};
  struct sigaction before {};
  action.sa_handler = [](int) {};
  ASSERT_EQ(::sigaction(SIGALRM, &action, &before), 0);
  // Repeated, so that a signal before the wait does not leave the wait alone.
  const itimerval often{{0, 5000}, {0, 5000}};
  ASSERT_EQ(::setitimer(ITIMER_REAL, &often, nullptr), 0);
  loop_->collect(kForever);
  EXPECT_FALSE(loop_->dispatch_next());
  const itimerval never{};
  ASSERT_EQ(::setitimer(ITIMER_REAL, &never, nullptr), 0);
  ASSERT_EQ(::sigaction(SIGALRM, &before, nullptr), 0);
}

}  // namespace
}  // namespace penstock::net
