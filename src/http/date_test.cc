// SPDX-License-Identifier: MIT
#include "http/date.h"

#include <gtest/gtest.h>
#include <time.h>

#include <array>
#include <random>

namespace penstock::http {
namespace {

TEST(ImfDate, WritesKnownDates) {
  EXPECT_EQ(ImfDate(784111777).text(), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(ImfDate(0).text(), "Thu, 01 Jan 1970 00:00:00 GMT");
  EXPECT_EQ(ImfDate(-1).text(), "Wed, 31 Dec 1969 23:59:59 GMT");
  EXPECT_EQ(ImfDate(951782400).text(), "Tue, 29 Feb 2000 00:00:00 GMT");
  EXPECT_EQ(ImfDate(253402300799).text(), "Fri, 31 Dec 9999 23:59:59 GMT");
}

TEST(ImfDate, AgreesWithTheCLibrary) {
  std::mt19937_64 random(1);
  std::uniform_int_distribution<std::int64_t> seconds(0, 253402300799);
  for (int i = 0; i < 2000; ++i) {
    const std::int64_t at = seconds(random);
    const time_t time = at;
    tm fields{};
    ASSERT_NE(gmtime_r(&time, &fields), nullptr);
    std::array<char, 64> want{};
    const std::size_t size =
        strftime(want.data(), want.size(), "%a, %d %b %Y %H:%M:%S GMT", &fields);
    EXPECT_EQ(ImfDate(at).text(), std::string_view(want.data(), size));
  }
}

}  // namespace
}  // namespace penstock::http
