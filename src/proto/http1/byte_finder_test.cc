// SPDX-License-Identifier: MIT
#include "proto/http1/byte_finder.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace penstock::proto::http1 {
namespace {

TEST(ByteFinder, GivesEveryControlByteInOrder) {
  for (std::size_t distance = 1; distance <= 300; ++distance) {
    std::string text;
    std::vector<std::size_t> want;
    for (std::size_t at = distance; at < 1000; at += distance) {
      text.resize(at, 'a');
      text.push_back('\r');
      want.push_back(at);
    }
    ByteFinder finder(text);
    for (const std::size_t at : want)
      ASSERT_EQ(finder.next_control(), at) << distance;
    EXPECT_EQ(finder.next_control(), text.size()) << distance;
  }
}

TEST(ByteFinder, FindsTheEndOfTextsOfEveryLength) {
  for (std::size_t size = 0; size <= 600; ++size) {
    const std::string text(size, 'a');
    EXPECT_EQ(ByteFinder(text).next_control(), size);
    EXPECT_EQ(ByteFinder(text).no_name(0), size);
    EXPECT_EQ(ByteFinder(text, size).next_control(), size);
    EXPECT_EQ(ByteFinder(text, size / 2).next_control(), size);
  }
}

TEST(ByteFinder, FindsTheColonOfEachLine) {
  for (std::size_t length = 1; length <= 300; ++length) {
    const std::string line = std::string(length, 'n') + ": value\r\n";
    std::string text;
    for (int i = 0; i < 8; ++i)
      text += line;
    ByteFinder finder(text);
    for (std::size_t start = 0; start < text.size(); start += line.size()) {
      ASSERT_EQ(finder.no_name(start), start + length) << length;
      ASSERT_EQ(finder.next_control(), start + line.size() - 2) << length;
      ASSERT_EQ(finder.next_control(), start + line.size() - 1) << length;
    }
  }
}

}  // namespace
}  // namespace penstock::proto::http1
