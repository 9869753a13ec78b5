// SPDX-License-Identifier: MIT
#include "supervisor/back_off.h"

#include <gtest/gtest.h>

namespace penstock::supervisor {
namespace {

TEST(BackOff, AnswersTheDeathOfALivingProcessAtOnce) {
  BackOff back_off;
  EXPECT_EQ(back_off.after_death(1s), 0ms);
  EXPECT_EQ(back_off.after_death(1h), 0ms);
}

TEST(BackOff, DoublesWithEveryYoungDeathUpToALimit) {
  BackOff back_off;
  for (const milliseconds expected : {100ms, 200ms, 400ms, 800ms, 1600ms, 3200ms, 5000ms, 5000ms})
    EXPECT_EQ(back_off.after_death(999ms), expected);
}

TEST(BackOff, CountsAProcessThatWasNeverReadyAsYoung) {
  BackOff back_off;
  EXPECT_EQ(back_off.after_death(std::nullopt), 100ms);
  EXPECT_EQ(back_off.after_death(0ns), 200ms);
}

TEST(BackOff, BeginsAnewAfterALife) {
  BackOff back_off;
  for (int i = 0; i < 10; ++i)
    back_off.after_death(std::nullopt);
  EXPECT_EQ(back_off.after_death(2s), 0ms);
  EXPECT_EQ(back_off.after_death(std::nullopt), 100ms);
}

}  // namespace
}  // namespace penstock::supervisor
