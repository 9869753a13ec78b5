// SPDX-License-Identifier: MIT
#include "http/host.h"

#include <gtest/gtest.h>

namespace penstock::http {
namespace {

struct Good {
  std::string_view text;
  std::string_view name;
  std::string_view port;
};

TEST(ParseHost, SplitsNameAndPort) {
  constexpr Good kGood[] = {
      {"example.com", "example.com", ""},
      {"example.com:80", "example.com", "80"},
      {"example.com:", "example.com", ""},
      {"EXAMPLE.com:65535", "EXAMPLE.com", "65535"},
      {"127.0.0.1:8080", "127.0.0.1", "8080"},
      {"[::1]", "[::1]", ""},
      {"[::1]:443", "[::1]", "443"},
      {"[::ffff:1.2.3.4]:0", "[::ffff:1.2.3.4]", "0"},
      {"a_b-c~d", "a_b-c~d", ""},
      {"m%C3%BCnchen.de:1", "m%C3%BCnchen.de", "1"},
      {"x:00080", "x", "00080"},
      {"a!$&'()*+,;=b", "a!$&'()*+,;=b", ""},
  };
  for (const Good& good : kGood) {
    const auto host = parse_host(good.text);
    ASSERT_TRUE(host) << good.text;
    EXPECT_EQ(host->name, good.name);
    EXPECT_EQ(host->port, good.port);
  }
}

TEST(ParseHost, RefusesEverythingElse) {
  for (const std::string_view text : {"",
                                      ":80",
                                      "user@host",
                                      "a b",
                                      " a",
                                      "a ",
                                      "a/b",
                                      "a?b",
                                      "a#b",
                                      "a\\b",
                                      "a:b",
                                      "a:80:80",
                                      "a:-1",
                                      "a:+1",
                                      "a: 1",
                                      "a:65536",
                                      "a:99999999999999999999",
                                      "[::1",
                                      "[]",
                                      "[::1]x",
                                      "::1",
                                      "[::1]80",
                                      "[g]",
                                      "[:",
                                      "%",
                                      "%4",
                                      "%zz",
                                      "a%4g",
                                      "a\tb",
                                      "\xc3\xbc",
                                      "a<b",
                                      "a\"b",
                                      "a|b",
                                      "[1%25eth0]",
                                      "a[b",
                                      "]"})
    EXPECT_FALSE(parse_host(text)) << text;
  EXPECT_FALSE(parse_host(std::string_view("a\0b", 3)));
}

}  // namespace
}  // namespace penstock::http
