// SPDX-License-Identifier: MIT
#include "server/progress.h"

#include <gtest/gtest.h>

namespace penstock::server {
namespace {

class ReceptionsTest : public testing::Test {
 protected:
  ReceptionsTest() {
    limits_.header_timeout = 10s;
    limits_.body_timeout = 30s;
    limits_.minimum_rate = 0;
  }

  std::optional<seconds> due() const {
    const auto due = receptions_.due(limits_);
    if (!due) return std::nullopt;
    return std::chrono::duration_cast<seconds>(*due - start_);
  }
  std::optional<std::uint32_t> late_at(seconds time) const {
    return receptions_.late(limits_, start_ + time);
  }

  config::LimitConfig limits_;
  const SteadyTime start_ = SteadyTime{} + 1000s;
  Receptions receptions_;
};

TEST_F(ReceptionsTest, NobodyIsLateWhereNothingIsAwaited) {
  EXPECT_EQ(due(), std::nullopt);
  EXPECT_EQ(late_at(1000s), std::nullopt);
}

TEST_F(ReceptionsTest, AHeadHasItsTimeWhateverOthersDo) {
  receptions_.begin(1, start_);
  receptions_.begin(2, start_ + 5s);
  receptions_.got_head(2, start_ + 6s);
  receptions_.got_body(2, 100, start_ + 9s);
  EXPECT_EQ(due(), 10s);
  EXPECT_EQ(late_at(9s), std::nullopt);
  EXPECT_EQ(late_at(10s), 1U);
  receptions_.end(1);
  EXPECT_EQ(due(), 39s);
  EXPECT_EQ(late_at(38s), std::nullopt);
  EXPECT_EQ(late_at(39s), 2U);
}

TEST_F(ReceptionsTest, ABodyHasToMoveAndOnTheWholeAtTheMinimumRate) {
  limits_.minimum_rate = 100;
  receptions_.begin(1, start_);
  receptions_.got_head(1, start_);
  EXPECT_EQ(due(), 30s);
  receptions_.got_body(1, 200, start_ + 20s);
  EXPECT_EQ(due(), 32s);
}

TEST_F(ReceptionsTest, TimeInWhichNothingCouldBeReceivedDoesNotCount) {
  receptions_.begin(1, start_);
  receptions_.pause(60s);
  EXPECT_EQ(due(), 70s);
}

TEST_F(ReceptionsTest, WithoutALimitNobodyIsLate) {
  limits_.header_timeout = limits_.body_timeout = 0ms;
  receptions_.begin(1, start_);
  receptions_.begin(2, start_);
  receptions_.got_head(2, start_);
  EXPECT_EQ(due(), std::nullopt);
  EXPECT_EQ(late_at(100000s), std::nullopt);
}

TEST_F(ReceptionsTest, WhatItDoesNotKnowChangesNothing) {
  receptions_.begin(1, start_);
  receptions_.got_head(7, start_);
  receptions_.got_body(7, 1, start_);
  receptions_.end(7);
  EXPECT_EQ(receptions_.count(), 1U);
  receptions_.clear();
  EXPECT_EQ(receptions_.count(), 0U);
}

}  // namespace
}  // namespace penstock::server
