// SPDX-License-Identifier: MIT
#include "proto/scgi/head.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace penstock::proto::scgi {
namespace {

using namespace std::literals;
using State = NetstringFront::State;

TEST(NetstringFront, GivesTheLength) {
  const NetstringFront front = read_netstring_front("70:CONTENT", 1000);
  EXPECT_EQ(front.state, State::Complete);
  EXPECT_EQ(front.size, 3U);
  EXPECT_EQ(front.content, 70U);
  EXPECT_EQ(read_netstring_front("0:,", 1000).content, 0U);
}

TEST(NetstringFront, WaitsForTheColon) {
  for (const std::string_view bytes : {"", "7", "70"})
    EXPECT_EQ(read_netstring_front(bytes, 1000).state, State::Incomplete) << bytes;
}

TEST(NetstringFront, TakesDigitsAlone) {
  for (const std::string_view bytes :
       {":", "-1:", "+1:", " 1:", "1 :", "0x1:", "00:", "07:", "7a:"})
    EXPECT_EQ(read_netstring_front(bytes, 1000).state, State::Malformed) << bytes;
}

TEST(NetstringFront, HoldsTheLimit) {
  EXPECT_EQ(read_netstring_front("1000:", 1000).state, State::Complete);
  EXPECT_EQ(read_netstring_front("1001:", 1000).state, State::TooLong);
  EXPECT_EQ(read_netstring_front("1001", 1000).state, State::TooLong) << "before the colon";
  EXPECT_EQ(read_netstring_front("5:", 5).state, State::Complete);
  EXPECT_EQ(read_netstring_front("6:", 5).state, State::TooLong);
  EXPECT_EQ(read_netstring_front("99999999999999999999999999:", SIZE_MAX).state, State::TooLong);
}

TEST(VariableReader, GivesEachVariable) {
  std::string content;
  append_variable(content, "A", "xyz");
  append_variable(content, "EMPTY", "");
  EXPECT_EQ(make_netstring(content), "13:A\0xyz\0EMPTY\0\0,"sv);
  VariableReader reader(content);
  const auto first = reader.next();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->name, "A");
  EXPECT_EQ(first->value, "xyz");
  const auto second = reader.next();
  ASSERT_TRUE(second);
  EXPECT_EQ(second->name, "EMPTY");
  EXPECT_EQ(second->value, "");
  EXPECT_FALSE(reader.next());
  EXPECT_EQ(reader.fault(), "");
}

TEST(VariableReader, SaysWhatIsWrong) {
  for (const std::string_view content : {"A"sv, "A\0"sv, "A\0b"sv}) {
    VariableReader reader(content);
    EXPECT_FALSE(reader.next());
    EXPECT_EQ(reader.fault(), "an SCGI variable that does not end");
  }
  VariableReader reader("\0a\0"sv);
  EXPECT_FALSE(reader.next());
  EXPECT_EQ(reader.fault(), "an SCGI variable without a name");
}

}  // namespace
}  // namespace penstock::proto::scgi
