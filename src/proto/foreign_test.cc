// SPDX-License-Identifier: MIT
#include "proto/foreign.h"

#include <gtest/gtest.h>

#include <string_view>

namespace penstock::proto {
namespace {

using namespace std::literals;

TEST(RecogniseForeign, KnowsEveryMethodOfHttp) {
  for (const std::string_view line :
       {"GET / HTTP/1.1", "HEAD / HTTP/1.1", "POST / HTTP/1.1", "PUT / HTTP/1.1",
        "DELETE / HTTP/1.1", "OPTIONS * HTTP/1.1", "PATCH / HTTP/1.1", "TRACE / HTTP/1.1",
        "CONNECT a:1 HTTP/1.1", "PRI * HTTP/2.0"})
    EXPECT_EQ(recognise_foreign(line), Foreign::Http) << line;
}

TEST(RecogniseForeign, KnowsAClientHello) {
  EXPECT_EQ(recognise_foreign("\x16\x03\x01\x02\x00\x01\x00"sv), Foreign::Tls);
  EXPECT_EQ(recognise_foreign("\x16\x03\x03"sv), Foreign::Tls);
  EXPECT_EQ(recognise_foreign("\x16\x03\x07\x00"sv), Foreign::No);
  EXPECT_EQ(recognise_foreign("\x16\x03\xff\x00"sv), Foreign::No);
}

TEST(RecogniseForeign, WaitsWhileItCannotTell) {
  for (const std::string_view front :
       {""sv, "G"sv, "GE"sv, "GET"sv, "P"sv, "PO"sv, "HEA"sv, "\x16"sv, "\x16\x03"sv})
    EXPECT_EQ(recognise_foreign(front), Foreign::Perhaps) << front;
}

TEST(RecogniseForeign, LeavesOtherBytesAlone) {
  for (const std::string_view front : {"\x00"sv, "\x00\x05\x01\x00"sv, "\x01\x01\x00\x01"sv,
                                       "70:"sv, "get "sv, "GETX"sv, "PX"sv, "\x16\x04"sv})
    EXPECT_EQ(recognise_foreign(front), Foreign::No) << front;
}

}  // namespace
}  // namespace penstock::proto
