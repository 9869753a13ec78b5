// SPDX-License-Identifier: MIT
#include "load/histogram.h"

#include <gtest/gtest.h>

namespace penstock::bench {
namespace {

using std::chrono::nanoseconds;

TEST(Histogram, IsZeroWhileEmpty) {
  const Histogram histogram;
  EXPECT_EQ(histogram.count(), 0U);
  EXPECT_EQ(histogram.percentile(0.99), nanoseconds(0));
  EXPECT_EQ(histogram.mean(), nanoseconds(0));
}

TEST(Histogram, KeepsEveryDurationWithinOnePercent) {
  for (std::int64_t value = 1; value < 4'000'000'000'000; value = value * 9 / 8 + 1) {
    Histogram histogram;
    histogram.add(nanoseconds(value));
    histogram.add(nanoseconds(value * 4));  // so that the maximum does not cap what is read
    const auto read = static_cast<double>(histogram.percentile(0.5).count());
    EXPECT_NEAR(read / static_cast<double>(value), 1.0, 0.01) << value;
  }
}

TEST(Histogram, CountsAPercentileByRank) {
  Histogram histogram;
  for (int i = 1; i <= 100; ++i)
    histogram.add(nanoseconds(i));
  EXPECT_EQ(histogram.percentile(0.5), nanoseconds(50));
  EXPECT_EQ(histogram.percentile(0.99), nanoseconds(99));
  EXPECT_EQ(histogram.percentile(1.0), nanoseconds(100));
  EXPECT_EQ(histogram.percentile(0.0), nanoseconds(1));
}

TEST(Histogram, NeverReadsMoreThanTheMaximum) {
  Histogram histogram;
  histogram.add(nanoseconds(1'000'000'000));
  EXPECT_EQ(histogram.percentile(0.999), nanoseconds(1'000'000'000));
  EXPECT_EQ(histogram.max(), nanoseconds(1'000'000'000));
}

TEST(Histogram, TakesTheLongestDuration) {
  Histogram histogram;
  histogram.add(nanoseconds::max());
  EXPECT_EQ(histogram.percentile(0.5).count() > 0, true);
}

}  // namespace
}  // namespace penstock::bench
