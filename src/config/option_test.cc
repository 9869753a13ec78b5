// SPDX-License-Identifier: MIT
#include "config/option.h"

#include <gtest/gtest.h>

#include "config/option_table.h"

namespace penstock::config {
namespace {

const Number& number_of(std::string_view name) {
  return std::get<Number>(find_option(name)->effect);
}

TEST(Option, TakesUwsgisWordsForNo) {
  for (const std::string_view no : {"false", "off", "no", "0", "False", "OFF"})
    EXPECT_FALSE(is_true(no)) << no;
  for (const std::string_view yes : {"true", "1", "on", "yes", "", "2", "00", "nope"})
    EXPECT_TRUE(is_true(yes)) << yes;
}

TEST(Option, SaysWhatANumberMayBe) {
  EXPECT_EQ(allowed(number_of("processes")), "a whole number from 1 to 4096");
  EXPECT_EQ(allowed(number_of("max-head-bytes")),
            "a size such as 4096, 64K or 128M from 1K to 16M");
  EXPECT_EQ(allowed(number_of("header-timeout")),
            "a time such as 30, 500ms or 2m from 0 to 24h (0: off)");
  EXPECT_EQ(range(number_of("keepalive-requests")), "0 to 1000000000 (0: unlimited)");
}

TEST(Option, WritesDefaultsAsAPersonWould) {
  EXPECT_EQ(default_of(*find_option("header-timeout")), "15s");
  EXPECT_EQ(default_of(*find_option("write-timeout")), "1m");
  EXPECT_EQ(default_of(*find_option("post-buffering")), "64K");
  EXPECT_EQ(default_of(*find_option("limit-post")), "1G");
  EXPECT_EQ(default_of(*find_option("minimum-rate")), "500");
  EXPECT_EQ(default_of(*find_option("max-connections-per-ip")), "0 (unlimited)");
  EXPECT_EQ(default_of(*find_option("protocol")), "uwsgi");
  EXPECT_EQ(default_of(*find_option("lazy-apps")), "");
}

}  // namespace
}  // namespace penstock::config
