// SPDX-License-Identifier: MIT
#include "base/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace penstock::text {
namespace {

using testing::ElementsAre;
using namespace std::string_view_literals;

TEST(Text, ComparesAsciiLettersWithoutTheirCaseAndNothingElse) {
  EXPECT_TRUE(equals_ignoring_case("", ""));
  EXPECT_TRUE(equals_ignoring_case("Content-Length", "cONTENT-lENGTH"));
  EXPECT_FALSE(equals_ignoring_case("abc", "abcd"));
  EXPECT_FALSE(equals_ignoring_case("abcd", "abc"));
  EXPECT_FALSE(equals_ignoring_case("[", "{"));  // differ by the bit that makes a letter small
  EXPECT_FALSE(equals_ignoring_case("@", "`"));
  EXPECT_FALSE(equals_ignoring_case("\xc4", "\xe4"));
}

TEST(Text, ReadsUnsignedNumbersThatAreDigitsAndNothingElse) {
  EXPECT_EQ(parse_unsigned("0"), 0U);
  EXPECT_EQ(parse_unsigned("007"), 7U);
  EXPECT_EQ(parse_unsigned("18446744073709551615"), 18446744073709551615U);
  for (const char* wrong : {"", " ", "-1", "+1", " 1", "1 ", "1x", "0x1", "1.0", "1e3",
                            "18446744073709551616", "99999999999999999999999"}) {
    EXPECT_EQ(parse_unsigned(wrong), std::nullopt) << wrong;
  }
  EXPECT_EQ(parse_unsigned(std::string_view("1\0", 2)), std::nullopt);
}

TEST(Text, ReadsSizesWithBinarySuffixes) {
  EXPECT_EQ(parse_size("4096"), 4096U);
  EXPECT_EQ(parse_size("3k"), 3U * 1024);
  EXPECT_EQ(parse_size("128M"), 128U << 20U);
  EXPECT_EQ(parse_size("1g"), 1U << 30U);
  EXPECT_EQ(parse_size("2T"), std::uint64_t{2} << 40U);
  EXPECT_EQ(parse_size("16777215t"), std::uint64_t{16777215} << 40U);
  for (const char* wrong : {"", "k", "12kk", "-1k", "1 k", "1kb", "1x", "16777216t"}) {
    EXPECT_EQ(parse_size(wrong), std::nullopt) << wrong;
  }
}

TEST(Text, ReadsDurationsInSecondsUnlessAUnitIsGiven) {
  EXPECT_EQ(parse_duration_ms("30"), 30'000U);
  EXPECT_EQ(parse_duration_ms("30s"), 30'000U);
  EXPECT_EQ(parse_duration_ms("500ms"), 500U);
  EXPECT_EQ(parse_duration_ms("2m"), 120'000U);
  EXPECT_EQ(parse_duration_ms("1h"), 3'600'000U);
  EXPECT_EQ(parse_duration_ms("0"), 0U);
  for (const char* wrong : {"", "s", "ms", "-1", "1.5", "1 s", "1d", "18446744073709551615"}) {
    EXPECT_EQ(parse_duration_ms(wrong), std::nullopt) << wrong;
  }
}

TEST(Text, TrimsBlanksFromBothEndsOnly) {
  EXPECT_EQ(trim(" \t a b \r\n"), "a b");
  EXPECT_EQ(trim("a"), "a");
  EXPECT_EQ(trim(" \t"), "");
  EXPECT_EQ(trim(""), "");
  EXPECT_EQ(trim("\"a\"", "\""), "a");
}

TEST(Text, SplitsIntoOnePartMoreThanSeparators) {
  EXPECT_THAT(split("a,b,c", ','), ElementsAre("a", "b", "c"));
  EXPECT_THAT(split(",a,", ','), ElementsAre("", "a", ""));
  EXPECT_THAT(split("a", ','), ElementsAre("a"));
  EXPECT_THAT(split("", ','), ElementsAre(""));
}

TEST(Text, FindsTheNameThatWasProbablyMeant) {
  const std::vector<std::string_view> names = {"processes",   "threads", "socket",
                                               "http-socket", "chdir",   "t"};
  EXPECT_EQ(nearest("proceses", names), "processes");
  EXPECT_EQ(nearest("theads", names), "threads");
  EXPECT_EQ(nearest("sokcet", names), "socket");
  EXPECT_EQ(nearest("http_socket", names), "http-socket");
  EXPECT_EQ(nearest("chdir", names), "chdir");
  EXPECT_EQ(nearest("daemonize", names), std::nullopt);
  EXPECT_EQ(nearest("x", names), std::nullopt);
  EXPECT_EQ(nearest("", names), std::nullopt);
  EXPECT_EQ(nearest("socket", {}), std::nullopt);
}

TEST(Text, CountsASwapOfNeighboursAsOneEdit) {
  EXPECT_EQ(nearest("ab-cd", {"ab-xy", "ba-cd"}), "ba-cd");
  EXPECT_EQ(nearest("abc", {"acb"}), "acb");
}

TEST(Text, EscapesWhatCouldForgeALogLineOrDriveATerminal) {
  std::string out = "GET ";
  append_escaped(out, "/a\r\nb\0\t\x1b[31m\\x\x7f caf\xc3\xa9 \xc2\x9b"sv);
  EXPECT_EQ(out, "GET /a\\x0d\\x0ab\\x00\\x09\\x1b[31m\\x5cx\\x7f caf\xc3\xa9 \xc2\\x9b");
  out.clear();
  append_escaped(out, "");
  EXPECT_EQ(out, "");
}

TEST(Text, KeepsLineFeedsAndBackslashesOfTextWithLines) {
  std::string out;
  append_escaped_lines(out, "Traceback:\n  \"\\d+\"\r\n\x1b");
  EXPECT_EQ(out, "Traceback:\n  \"\\d+\"\\x0d\n\\x1b");
}

}  // namespace
}  // namespace penstock::text
