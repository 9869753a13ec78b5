// SPDX-License-Identifier: MIT
#include "server/pace.h"

#include <gtest/gtest.h>

namespace penstock::server {
namespace {

TEST(Pace, KeepsQuickCallsInPlace) {
  Pace pace;
  for (int i = 0; i < 100; ++i)
    pace.measured(20us, 20us);
  EXPECT_FALSE(pace.hand_over_first());
}

TEST(Pace, HandsOverBeforeCallsThatWait) {
  Pace pace;
  pace.measured(10ms, 100us);
  EXPECT_TRUE(pace.hand_over_first());
}

TEST(Pace, KeepsCallsThatComputeInPlace) {
  Pace pace;
  for (int i = 0; i < 100; ++i)
    pace.measured(3ms, 2900us);
  EXPECT_FALSE(pace.hand_over_first());
}

TEST(Pace, ForgetsWhatWasLongAgo) {
  Pace pace;
  pace.measured(10ms, 100us);
  for (int i = 0; i < 50; ++i)
    pace.measured(10us, 10us);
  EXPECT_FALSE(pace.hand_over_first());
}

TEST(Pace, MeasuresTheFirstCallAndThenEverySixteenth) {
  Pace pace;
  int measured = 0;
  EXPECT_TRUE(pace.sample());
  for (int i = 0; i < 160; ++i)
    measured += pace.sample() ? 1 : 0;
  EXPECT_EQ(measured, 10);
}

}  // namespace
}  // namespace penstock::server
