// SPDX-License-Identifier: MIT
#include "base/json_text.h"

#include <gtest/gtest.h>

namespace penstock::text {
namespace {

std::string escaped(std::string_view bytes) {
  std::string out;
  append_json_escaped(out, bytes);
  return out;
}

TEST(JsonText, LeavesPlainTextAndUtf8AsTheyAre) {
  EXPECT_EQ(escaped(""), "");
  EXPECT_EQ(escaped("/a?b=c 'd' <e>"), "/a?b=c 'd' <e>");
  EXPECT_EQ(escaped("Gr\xc3\xbc\xc3\x9f\x65 \xe2\x82\xac \xf0\x9f\x8c\x8a"),
            "Gr\xc3\xbc\xc3\x9f\x65 \xe2\x82\xac \xf0\x9f\x8c\x8a");
}

TEST(JsonText, EscapesWhatWouldEndTheStringOrMoveATerminal) {
  EXPECT_EQ(escaped("a\"b\\c"), R"(a\"b\\c)");
  EXPECT_EQ(escaped("\r\n\t\x1b[2J\x7f"), R"(\u000d\u000a\u0009\u001b[2J\u007f)");
  EXPECT_EQ(escaped("\xc2\x9b"), R"(\u009b)");
  EXPECT_EQ(escaped(std::string_view("\0", 1)), R"(\u0000)");
}

TEST(JsonText, ReadsWhatIsNotUtf8AsSingleCharacters) {
  EXPECT_EQ(escaped("\xff"), R"(\u00ff)");
  EXPECT_EQ(escaped("a\xc3"), R"(a\u00c3)");
  EXPECT_EQ(escaped("\xc0\xaf"), R"(\u00c0\u00af)");                      // longer than needed
  EXPECT_EQ(escaped("\xed\xa0\x80"), R"(\u00ed\u00a0\u0080)");            // a surrogate
  EXPECT_EQ(escaped("\xf4\x90\x80\x80"), R"(\u00f4\u0090\u0080\u0080)");  // beyond Unicode
}

}  // namespace
}  // namespace penstock::text
