// SPDX-License-Identifier: MIT
#include "supervisor/recycling.h"

#include <gtest/gtest.h>

namespace penstock::supervisor {
namespace {

using stats::RecycleReason;

TEST(Recycling, NeverComesWithoutLimits) {
  const config::RecycleConfig none;
  EXPECT_FALSE(limits_time_or_memory(none));
  EXPECT_FALSE(due_for_recycling(none, 1, 10000h, {1ULL << 60, 1ULL << 60}));
}

TEST(Recycling, ComesWithAgeLaterForEachFurtherWorker) {
  config::RecycleConfig limits;
  limits.max_lifetime = 60s;
  limits.max_lifetime_delta = 5s;
  EXPECT_TRUE(limits_time_or_memory(limits));
  EXPECT_FALSE(due_for_recycling(limits, 1, 59s, {}));
  EXPECT_EQ(due_for_recycling(limits, 1, 60s, {}), RecycleReason::MaxLifetime);
  EXPECT_FALSE(due_for_recycling(limits, 3, 69s, {}));
  EXPECT_EQ(due_for_recycling(limits, 3, 70s, {}), RecycleReason::MaxLifetime);
}

TEST(Recycling, ComesWithMemoryAboveItsLimit) {
  config::RecycleConfig limits;
  limits.rss = 100;
  limits.address_space = 1000;
  EXPECT_FALSE(due_for_recycling(limits, 1, 1s, {100, 1000}));
  EXPECT_EQ(due_for_recycling(limits, 1, 1s, {101, 1000}), RecycleReason::Rss);
  EXPECT_EQ(due_for_recycling(limits, 1, 1s, {100, 1001}), RecycleReason::AddressSpace);
  limits.evil_rss = 200;
  limits.evil_address_space = 2000;
  EXPECT_EQ(due_for_recycling(limits, 1, 1s, {201, 1}), RecycleReason::EvilRss);
  EXPECT_EQ(due_for_recycling(limits, 1, 1s, {1, 2001}), RecycleReason::EvilAddressSpace);
}

TEST(Recycling, WaitsForTheLeastAgeUnlessItIsUrgent) {
  config::RecycleConfig limits;
  limits.min_lifetime = 10s;
  EXPECT_EQ(least_age(limits, RecycleReason::MaxRequests), 10s);
  EXPECT_EQ(least_age(limits, RecycleReason::Rss), 10s);
  EXPECT_EQ(least_age(limits, RecycleReason::EvilRss), 0s);
  EXPECT_EQ(least_age(limits, RecycleReason::Harakiri), 0s);
  EXPECT_EQ(least_age(limits, RecycleReason::Asked), 0s);
}

}  // namespace
}  // namespace penstock::supervisor
