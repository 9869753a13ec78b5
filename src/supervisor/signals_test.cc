// SPDX-License-Identifier: MIT
#include "supervisor/signals.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <vector>

namespace penstock::supervisor {
namespace {

using testing::ElementsAre;
using testing::UnorderedElementsAre;

class SignalsTest : public testing::Test {
 protected:
  SignalsTest() : loop_(std::move(net::Loop::create().value())) {}

  std::unique_ptr<Signals> watch() {
    auto made = Signals::create(*loop_, {SIGTERM, SIGUSR2},
                                [this](int signal) { seen_.push_back(signal); });
    EXPECT_TRUE(made) << made.error().what;
    return std::move(*made);
  }
  void turn() {
    loop_->collect(0ms);
    while (loop_->dispatch_next()) {
    }
  }

  std::unique_ptr<net::Loop> loop_;
  std::vector<int> seen_;
};

TEST_F(SignalsTest, ReachTheHandlerInTheLoopOnly) {
  const auto signals = watch();
  ::kill(::getpid(), SIGTERM);
  EXPECT_TRUE(seen_.empty());
  turn();
  EXPECT_THAT(seen_, ElementsAre(SIGTERM));
  turn();
  EXPECT_THAT(seen_, ElementsAre(SIGTERM));
}

TEST_F(SignalsTest, AreAllDeliveredInOneTurn) {
  const auto signals = watch();
  ::kill(::getpid(), SIGTERM);
  ::kill(::getpid(), SIGUSR2);
  turn();
  EXPECT_THAT(seen_, UnorderedElementsAre(SIGTERM, SIGUSR2));
}

TEST_F(SignalsTest, ArriveAlsoWhereTheyWereIgnored) {
  const auto old = ::signal(SIGTERM, SIG_IGN);  // as a shell does for SIGINT of a background job
  const auto signals = watch();
  ::kill(::getpid(), SIGTERM);
  turn();
  ::signal(SIGTERM, old);
  EXPECT_THAT(seen_, ElementsAre(SIGTERM));
}

TEST_F(SignalsTest, RestoreTheOldMask) {
  sigset_t mask;
  {
    const auto signals = watch();
    ::sigprocmask(SIG_BLOCK, nullptr, &mask);
    EXPECT_TRUE(::sigismember(&mask, SIGTERM));
  }
  ::sigprocmask(SIG_BLOCK, nullptr, &mask);
  EXPECT_FALSE(::sigismember(&mask, SIGTERM));
}

TEST_F(SignalsTest, GetWhatCameWhileTheyWereHeldBack) {
  const sigset_t before = hold_signals();
  EXPECT_FALSE(::sigismember(&before, SIGTERM));
  ::kill(::getpid(), SIGTERM);
  {
    const auto signals = watch();
    turn();
    EXPECT_THAT(seen_, ElementsAre(SIGTERM));
  }
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
}

}  // namespace
}  // namespace penstock::supervisor
