// SPDX-License-Identifier: MIT
#include "supervisor/elasticity.h"

#include <gtest/gtest.h>

namespace penstock::supervisor {
namespace {

config::ElasticConfig cheaper(int minimum, int step = 1) {
  config::ElasticConfig config;
  config.minimum = minimum;
  config.step = step;
  return config;
}

const SteadyTime kStart = steady_now();

TEST(Elasticity, BeginsWithAsManyAsTheOptionsSay) {
  EXPECT_EQ(Elasticity({}, 8).initial(), 8);
  EXPECT_EQ(Elasticity(cheaper(2), 8).initial(), 2);
  config::ElasticConfig config = cheaper(2);
  config.initial = 4;
  EXPECT_EQ(Elasticity(config, 8).initial(), 4);
  config.cheap = true;
  EXPECT_EQ(Elasticity(config, 8).initial(), 0);
}

TEST(Elasticity, AddsAStepWhenAllAreBusyAndNoneStarts) {
  Elasticity elasticity(cheaper(2, 3), 8);
  EXPECT_EQ(elasticity.advise({2, 0, 1, true}, kStart).more, 0);
  EXPECT_EQ(elasticity.advise({2, 0, 2, true}, kStart).more, 3);
  EXPECT_EQ(elasticity.advise({2, 3, 2, true}, kStart).more, 0);
  EXPECT_EQ(elasticity.advise({7, 0, 7, true}, kStart).more, 1);
  EXPECT_EQ(elasticity.advise({8, 0, 8, true}, kStart).more, 0);
}

TEST(Elasticity, TakesOneAwayWheneverThereWasOneToSpareForLongEnough) {
  Elasticity elasticity(cheaper(2), 8);
  EXPECT_EQ(elasticity.advise({5, 0, 3, true}, kStart).fewer, 0);
  EXPECT_EQ(elasticity.advise({5, 0, 3, true}, kStart + 2900ms).fewer, 0);
  EXPECT_EQ(elasticity.advise({5, 0, 3, true}, kStart + 3s).fewer, 1);
  EXPECT_EQ(elasticity.advise({4, 0, 2, true}, kStart + 5s).fewer, 0);
  EXPECT_EQ(elasticity.advise({4, 0, 3, true}, kStart + 5500ms).fewer, 0) << "one to spare is kept";
  EXPECT_EQ(elasticity.advise({4, 0, 2, true}, kStart + 6s).fewer, 0) << "the time begins anew";
  EXPECT_EQ(elasticity.advise({4, 0, 2, true}, kStart + 9s).fewer, 1);
}

TEST(Elasticity, EndsAtTheLeastNumber) {
  Elasticity elasticity(cheaper(2), 8);
  for (int second = 0; second < 20; ++second)
    EXPECT_EQ(elasticity.advise({2, 0, 0, false}, kStart + seconds(second)).fewer, 0);
}

TEST(Elasticity, SleepsAfterQuiet) {
  config::ElasticConfig config;
  config.idle = 10s;
  Elasticity elasticity(config, 2);
  EXPECT_FALSE(elasticity.is_fixed());
  EXPECT_FALSE(elasticity.advise({2, 0, 0, false}, kStart).sleep);
  EXPECT_FALSE(elasticity.advise({2, 0, 0, true}, kStart + 9s).sleep);
  EXPECT_FALSE(elasticity.advise({2, 0, 0, false}, kStart + 10s).sleep);
  EXPECT_FALSE(elasticity.advise({2, 0, 0, false}, kStart + 19s).sleep);
  EXPECT_TRUE(elasticity.advise({2, 0, 0, false}, kStart + 20s).sleep);
  EXPECT_FALSE(elasticity.advise({0, 0, 0, false}, kStart + 60s).sleep) << "it sleeps already";
}

TEST(Elasticity, LeavesTheNumberAloneWithoutCheaper) {
  Elasticity elasticity({}, 4);
  EXPECT_TRUE(elasticity.is_fixed());
  const Elasticity::Advice advice = elasticity.advise({4, 0, 4, true}, kStart);
  EXPECT_EQ(advice.more, 0);
  EXPECT_EQ(advice.fewer, 0);
}

}  // namespace
}  // namespace penstock::supervisor
