// SPDX-License-Identifier: MIT
#include "http/percent.h"

#include <gtest/gtest.h>

namespace penstock::http {
namespace {

TEST(PercentDecoding, GivesBytes) {
  constexpr std::pair<std::string_view, std::string_view> kGood[] = {
      {"", ""},           {"/plain", "/plain"},     {"%2f", "/"},           {"/%2F%2f", "///"},
      {"%41%5a", "AZ"},   {"a%20b", "a b"},         {"%C3%BC", "\xc3\xbc"}, {"%ff%80", "\xff\x80"},
      {"%2e%2e/", "../"}, {"../a/./b", "../a/./b"}, {"%25", "%"},           {"%2541", "%41"},
      {"%0d%0a", "\r\n"}, {"a+b", "a+b"},           {"%01", "\x01"},
  };
  for (const auto& [text, bytes] : kGood) {
    std::string out = "before";
    EXPECT_TRUE(append_percent_decoded(out, text)) << text;
    EXPECT_EQ(out, "before" + std::string(bytes)) << text;
  }
}

TEST(PercentDecoding, RefusesBadEscapesAndNulAndLeavesTheTextAlone) {
  for (const std::string_view text : {"%", "a%", "%2", "%2g", "%g2", "%%41", "%-1", "% 1", "%00",
                                      "ab%00c", "%u0041", "%41%", "%0x41"}) {
    std::string out = "before";
    EXPECT_FALSE(append_percent_decoded(out, text)) << text;
    EXPECT_EQ(out, "before") << text;
  }
}

}  // namespace
}  // namespace penstock::http
