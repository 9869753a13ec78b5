// SPDX-License-Identifier: MIT
#include "report/histogram.h"

#include <gtest/gtest.h>

namespace penstock::report {
namespace {

TEST(Histogram, GivesQuantilesWithinSevenPercent) {
  Histogram histogram;
  for (std::uint64_t micros = 1; micros <= 100'000; ++micros)
    histogram.add(micros);
  for (const double share : {0.001, 0.01, 0.5, 0.9, 0.99, 0.999}) {
    const double wanted = share * 100'000;
    const auto found = static_cast<double>(histogram.quantile(share));
    EXPECT_GE(found, wanted) << share;
    EXPECT_LE(found, wanted * 1.07 + 1) << share;
  }
  EXPECT_EQ(histogram.quantile(1), 100'000U);
  EXPECT_EQ(histogram.largest(), 100'000U);
  EXPECT_EQ(histogram.count(), 100'000U);
}

TEST(Histogram, IsExactForFewAndSmall) {
  Histogram histogram;
  EXPECT_EQ(histogram.quantile(0.5), 0U);
  histogram.add(0);
  histogram.add(7);
  histogram.add(15);
  EXPECT_EQ(histogram.quantile(0.5), 7U);
  EXPECT_EQ(histogram.quantile(1), 15U);
  histogram.add(UINT64_MAX);
  EXPECT_EQ(histogram.largest(), UINT64_MAX);
}

TEST(Histogram, CountsAllBetweenBounds) {
  Histogram histogram;
  for (std::uint64_t micros : {1ULL, 150ULL, 1'000'000ULL, 7'000'000'000ULL})
    histogram.add(micros);
  EXPECT_EQ(histogram.between(0, 100), 1U);
  EXPECT_EQ(histogram.between(100, 200), 1U);
  EXPECT_EQ(histogram.between(0, UINT64_MAX), 4U);
}

}  // namespace
}  // namespace penstock::report
