// SPDX-License-Identifier: MIT
#include "net/timers.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <vector>

namespace penstock::net {
namespace {

constexpr SteadyTime kStart{1'000'000'007ns};  // not a multiple of a tick

class Recorder final : public Timer {
 public:
  explicit Recorder(std::function<void()> action = [] {}) : action_(std::move(action)) {}
  int runs() const { return runs_; }

 private:
  void on_timeout() override {
    EXPECT_FALSE(armed());
    ++runs_;
    action_();  // may destroy this
  }

  std::function<void()> action_;
  int runs_ = 0;
};

TEST(Timers, RunATimerOnceAndNeverEarlyAndAtMostATickLate) {
  for (const nanoseconds delay :
       {1ns, 1'000'000ns, 10'000'000ns, 10'000'001ns, 639'999'999ns, 640'000'000ns,
        41'000'000'000ns, 3'600'000'000'000ns, 86'400'000'000'000ns * 400}) {
    SCOPED_TRACE(delay.count());
    Timers timers(kStart);
    Recorder timer;
    timers.arm(timer, kStart + delay);
    EXPECT_TRUE(timer.armed());
    EXPECT_FALSE(timers.empty());
    timers.expire(kStart + delay - 1ns);
    EXPECT_EQ(timer.runs(), 0);
    timers.expire(kStart + delay + Timers::kTick);
    EXPECT_EQ(timer.runs(), 1);
    EXPECT_FALSE(timer.armed());
    EXPECT_TRUE(timers.empty());
    timers.expire(kStart + 2 * delay + 1h);
    EXPECT_EQ(timer.runs(), 1);
  }
}

TEST(Timers, RunADeadlineThatHasPassedAtTheNextTick) {
  Timers timers(kStart);
  timers.expire(kStart + 1h);
  Recorder past;
  Recorder before_the_start;
  timers.arm(past, kStart + 1s);
  timers.arm(before_the_start, SteadyTime{});
  timers.expire(kStart + 1h);
  EXPECT_EQ(past.runs(), 0);
  EXPECT_EQ(timers.next(), kStart + 1h + Timers::kTick);
  timers.expire(kStart + 1h + Timers::kTick);
  EXPECT_EQ(past.runs(), 1);
  EXPECT_EQ(before_the_start.runs(), 1);
}

TEST(Timers, AcceptTheLastTimeThereIs) {
  Timers timers(kStart);
  Recorder timer;
  timers.arm(timer, SteadyTime::max());
  timers.expire(kStart + std::chrono::hours(24 * 365 * 100));
  EXPECT_TRUE(timer.armed());
  EXPECT_EQ(timer.runs(), 0);
}

TEST(Timers, SayWhenTheyNextHaveSomethingToDo) {
  Timers timers(kStart);
  EXPECT_EQ(timers.next(), std::nullopt);
  Recorder late;
  Recorder early;
  timers.arm(late, kStart + 100ms);
  EXPECT_EQ(timers.next(), kStart + 100ms);
  timers.arm(early, kStart + 15ms);
  EXPECT_EQ(timers.next(), kStart + 20ms);
  early.cancel();
  EXPECT_EQ(timers.next(), kStart + 100ms);
  late.cancel();
  EXPECT_EQ(timers.next(), std::nullopt);
}

TEST(Timers, TakeAnEarlierDeadlineAndALaterOne) {
  Timers timers(kStart);
  Recorder timer;
  timers.arm(timer, kStart + 1s);
  timers.arm(timer, kStart + 30s);
  EXPECT_EQ(timer.deadline(), kStart + 30s);
  timers.expire(kStart + 20s);
  EXPECT_EQ(timer.runs(), 0);
  timers.arm(timer, kStart + 21s);
  timers.expire(kStart + 21s);
  EXPECT_EQ(timer.runs(), 1);
}

TEST(Timers, ForgetATimerThatDiesAndATimerForgetsThem) {
  auto timers = std::make_unique<Timers>(kStart);
  {
    Recorder dies;
    timers->arm(dies, kStart + 1s);
  }
  EXPECT_TRUE(timers->empty());
  Recorder survives;
  Recorder survives_too;
  timers->arm(survives, kStart + 1s);
  timers->arm(survives_too, kStart + 1s);
  timers.reset();
  EXPECT_FALSE(survives.armed());
  Timers others(kStart);
  others.arm(survives, kStart + 1s);
  others.expire(kStart + 1s);
  EXPECT_EQ(survives.runs(), 1);
}

TEST(Timers, MoveATimerFromOneWheelToAnother) {
  Timers first(kStart);
  Timers second(kStart);
  Recorder timer;
  first.arm(timer, kStart + 1s);
  second.arm(timer, kStart + 2s);
  EXPECT_TRUE(first.empty());
  first.expire(kStart + 5s);
  EXPECT_EQ(timer.runs(), 0);
  second.expire(kStart + 2s);
  EXPECT_EQ(timer.runs(), 1);
}

TEST(Timers, LetACallbackCancelArmAndDestroyTimersOfTheSameSlot) {
  Timers timers(kStart);
  Recorder cancelled;
  Recorder moved;
  auto destroyed = std::make_unique<Recorder>();
  Recorder added;
  Recorder first([&] {
    cancelled.cancel();
    destroyed.reset();
    timers.arm(moved, kStart + 2s);
    timers.arm(added, kStart + 1s);
  });
  timers.arm(first, kStart + 1s);
  timers.arm(cancelled, kStart + 1s);
  timers.arm(*destroyed, kStart + 1s);
  timers.arm(moved, kStart + 1s);
  timers.expire(kStart + 1s);
  EXPECT_EQ(first.runs(), 1);
  EXPECT_EQ(cancelled.runs() + moved.runs() + added.runs(), 0);
  timers.expire(kStart + 2s);
  EXPECT_EQ(cancelled.runs(), 0);
  EXPECT_EQ(moved.runs(), 1);
  EXPECT_EQ(added.runs(), 1);
  EXPECT_TRUE(timers.empty());
}

TEST(Timers, LetATimerDestroyItself) {
  Timers timers(kStart);
  std::unique_ptr<Recorder> timer;
  timer = std::make_unique<Recorder>([&] { timer.reset(); });
  timers.arm(*timer, kStart + 1s);
  timers.expire(kStart + 1s);
  EXPECT_EQ(timer, nullptr);
  EXPECT_TRUE(timers.empty());
}

TEST(Timers, EndEvenIfATimerArmsItselfWithThePastAgainAndAgain) {
  Timers timers(kStart);
  Recorder* self = nullptr;
  Recorder timer([&] { timers.arm(*self, kStart); });
  self = &timer;
  timers.arm(timer, kStart + 10ms);
  timers.expire(kStart + 1s);
  EXPECT_EQ(timer.runs(), 100);  // once a tick
  EXPECT_TRUE(timer.armed());
}

/// Timers at random times against a sorted map. The times reach over all levels of the wheel that
/// a server's life can use.
class AgainstAModel {
 public:
  explicit AgainstAModel(unsigned seed) : random_(seed) {
    for (int i = 0; i < 100; ++i)
      timers_.push_back(make(static_cast<std::size_t>(i)));
  }

  void run(int steps) {
    for (int step = 0; step < steps; ++step) {
      change_one();
      if (below(4) == 0) advance();
      check();
    }
  }

 private:
  using Model = std::multimap<SteadyTime, std::size_t>;

  std::unique_ptr<Recorder> make(std::size_t i) {
    return std::make_unique<Recorder>([this, i] { expired(i); });
  }

  std::int64_t below(std::int64_t limit) {
    return std::uniform_int_distribution<std::int64_t>(0, limit - 1)(random_);
  }

  nanoseconds random_delay() {
    const std::int64_t digits = below(48);
    return nanoseconds(below((std::int64_t{1} << digits) + 1));
  }

  void remove(std::size_t i) {
    std::erase_if(model_, [i](const auto& entry) { return entry.second == i; });
  }

  void change_one() {
    const auto i = static_cast<std::size_t>(below(std::ssize(timers_)));
    remove(i);
    switch (below(5)) {
      case 0:
        timers_[i]->cancel();
        break;
      case 1:
        timers_[i].reset();
        timers_[i] = make(i);
        break;
      default:
        const SteadyTime deadline = now_ + random_delay();
        wheel_.arm(*timers_[i], deadline);
        model_.emplace(deadline, i);
    }
  }

  void expired(std::size_t i) {
    const auto entry = std::find_if(model_.begin(), model_.end(),
                                    [i](const auto& each) { return each.second == i; });
    ASSERT_NE(entry, model_.end()) << "a timer ran that was not armed";
    EXPECT_LE(entry->first, now_) << "early";
    EXPECT_GE(entry->first + Timers::kTick, last_ran_) << "out of order";
    last_ran_ = std::max(last_ran_, entry->first);
    model_.erase(entry);
    if (below(2) == 0) {  // any timer but this one, which is running
      const auto other = static_cast<std::size_t>(below(std::ssize(timers_)));
      if (other != i) change(other);
    }
  }

  void change(std::size_t i) {
    remove(i);
    if (below(2) == 0) {
      timers_[i].reset();
      timers_[i] = make(i);
    } else {
      const SteadyTime deadline = now_ + random_delay();
      wheel_.arm(*timers_[i], deadline);
      model_.emplace(deadline, i);
    }
  }

  void advance() {
    const auto next = wheel_.next();
    now_ = next && below(2) == 0 ? std::max(now_, *next) : now_ + random_delay();
    last_ran_ = SteadyTime{};
    wheel_.expire(now_);
    for (const auto& [deadline, i] : model_) {
      ASSERT_GT(deadline + Timers::kTick, now_) << "timer " << i << " is late";
    }
  }

  void check() {
    EXPECT_EQ(wheel_.empty(), model_.empty());
    ASSERT_EQ(wheel_.next().has_value(), !model_.empty());
    if (model_.empty()) return;
    EXPECT_LT(*wheel_.next(), std::max(model_.begin()->first, now_) + 2 * Timers::kTick);
    EXPECT_GT(*wheel_.next(), now_);
  }

  std::mt19937_64 random_;
  SteadyTime now_ = kStart;
  SteadyTime last_ran_{};
  Timers wheel_{kStart};
  Model model_;
  std::vector<std::unique_ptr<Recorder>> timers_;
};

TEST(Timers, AgreeWithASortedMapUnderRandomUse) {
  for (unsigned seed = 0; seed < 40; ++seed) {
    SCOPED_TRACE(seed);
    AgainstAModel(seed).run(1000);
    if (HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace penstock::net
