// SPDX-License-Identifier: MIT
#include "proto/http1/request_line.h"

#include <gtest/gtest.h>

#include <string>

namespace penstock::proto::http1 {
namespace {

struct Good {
  std::string_view line;
  std::string_view method;
  std::string_view target;
  std::string_view authority;
  std::string_view path;
  std::string_view query;
};

constexpr Good kGood[] = {
    {"GET / HTTP/1.1", "GET", "/", "", "/", ""},
    {"GET /a/b?c=d HTTP/1.1", "GET", "/a/b?c=d", "", "/a/b", "c=d"},
    {"GET /? HTTP/1.1", "GET", "/?", "", "/", ""},
    {"GET /a?b?c HTTP/1.1", "GET", "/a?b?c", "", "/a", "b?c"},
    {"GET //x/../y HTTP/1.1", "GET", "//x/../y", "", "//x/../y", ""},
    {"get / HTTP/1.1", "get", "/", "", "/", ""},
    {"M-SEARCH /!$&'()*+,;=:@[]{}|^`\"<>\\ HTTP/1.1", "M-SEARCH", "/!$&'()*+,;=:@[]{}|^`\"<>\\", "",
     "/!$&'()*+,;=:@[]{}|^`\"<>\\", ""},
    {"OPTIONS * HTTP/1.1", "OPTIONS", "*", "", "*", ""},
    {"OPTIONS /x HTTP/1.1", "OPTIONS", "/x", "", "/x", ""},
    {"GET http://a.example/b?c HTTP/1.1", "GET", "http://a.example/b?c", "a.example", "/b", "c"},
    {"GET HTTPS://a:443 HTTP/1.1", "GET", "HTTPS://a:443", "a:443", "/", ""},
    {"GET http://a?b/c HTTP/1.1", "GET", "http://a?b/c", "a", "/", "b/c"},
    {"GET http://[::1]:80/ HTTP/1.1", "GET", "http://[::1]:80/", "[::1]:80", "/", ""},
    {"GET /0123456789abcdef0123456789?0123456789abcdef?x HTTP/1.1", "GET",
     "/0123456789abcdef0123456789?0123456789abcdef?x", "", "/0123456789abcdef0123456789",
     "0123456789abcdef?x"},
};

TEST(RequestLine, IsTakenApart) {
  for (const Good& good : kGood) {
    RequestLine line;
    const Fault fault = parse_request_line(good.line, line);
    ASSERT_EQ(fault, nullptr) << good.line << ": " << fault->reason;
    EXPECT_EQ(line.method, good.method);
    EXPECT_EQ(line.target, good.target);
    EXPECT_EQ(line.authority, good.authority);
    EXPECT_EQ(line.path, good.path);
    EXPECT_EQ(line.query, good.query);
    EXPECT_EQ(line.protocol, "HTTP/1.1");
  }
}

TEST(RequestLine, KnowsTwoVersions) {
  RequestLine line;
  EXPECT_EQ(parse_request_line("GET / HTTP/1.0", line), nullptr);
  EXPECT_EQ(line.version, http::Version::Http10);
  EXPECT_EQ(line.protocol, "HTTP/1.0");
  EXPECT_EQ(parse_request_line("GET / HTTP/1.1", line), nullptr);
  EXPECT_EQ(line.version, http::Version::Http11);
}

TEST(RequestLine, SeesEscapesAnywhereInTheTarget) {
  RequestLine line;
  EXPECT_EQ(parse_request_line("GET /a HTTP/1.1", line), nullptr);
  EXPECT_FALSE(line.has_escape);
  for (std::size_t at = 1; at < 50; ++at) {
    std::string target = "/" + std::string(49, 'x');
    target[at] = '%';
    RequestLine escaped;
    EXPECT_EQ(parse_request_line("GET " + target + " HTTP/1.1", escaped), nullptr);
    EXPECT_TRUE(escaped.has_escape) << at;
  }
}

struct Bad {
  std::string_view line;
  int status;
};

constexpr Bad kBad[] = {
    {"", 400},
    {"GET", 400},
    {"GET /", 400},
    {"GET / ", 400},
    {"HTTP/1.1", 400},
    {" HTTP/1.1", 400},
    {"GET HTTP/1.1", 400},
    {"GET  HTTP/1.1", 400},
    {"GET  / HTTP/1.1", 400},
    {"GET /  HTTP/1.1", 400},
    {" GET / HTTP/1.1", 400},
    {"GET / HTTP/1.1 ", 400},
    {"GET /a b HTTP/1.1", 400},
    {"GET\t/ HTTP/1.1", 400},
    {"GET /\tHTTP/1.1", 400},
    {"GET /\t HTTP/1.1", 400},
    {"GET / HTTP/1.", 400},
    {"GET / HTTP/1", 400},
    {"GET / HTTP/11", 400},
    {"GET / HTTP/1.10", 400},
    {"GET / HTTP/01.1", 400},
    {"GET / HTTP/1,1", 400},
    {"GET / HTTP/1.1x", 400},
    {"GET / HTTP/+1.1", 400},
    {"GET / http/1.1", 400},
    {"GET / Http/1.1", 400},
    {"GET / HTTP /1.1", 400},
    {"GET / HTTPS/1.1", 400},
    {"GET / ICY/1.1", 400},
    {"GET / HTTP/x.y", 400},
    {"GET / HTTP/2.0", 505},
    {"GET / HTTP/1.2", 505},
    {"GET / HTTP/0.9", 505},
    {"GET / HTTP/3.0", 505},
    {"PRI * HTTP/2.0", 505},
    {"G@T / HTTP/1.1", 400},
    {"G(T / HTTP/1.1", 400},
    {"GET: / HTTP/1.1", 400},
    {"\xc3\x84 / HTTP/1.1", 400},
    {"\"GET\" / HTTP/1.1", 400},
    {"GET * HTTP/1.1", 400},
    {"OPTIONS *x HTTP/1.1", 400},
    {"OPTIONS ** HTTP/1.1", 400},
    {"GET a HTTP/1.1", 400},
    {"GET ?a HTTP/1.1", 400},
    {"GET a/b HTTP/1.1", 400},
    {"GET \\a HTTP/1.1", 400},
    {"GET example.com:80 HTTP/1.1", 400},
    {"GET ftp://a/ HTTP/1.1", 400},
    {"GET httpx://a/ HTTP/1.1", 400},
    {"GET ://a/ HTTP/1.1", 400},
    {"GET http:/a/ HTTP/1.1", 400},
    {"GET http:a HTTP/1.1", 400},
    {"GET http:// HTTP/1.1", 400},
    {"GET http:///a HTTP/1.1", 400},
    {"GET http://u@a/ HTTP/1.1", 400},
    {"GET http://u:p@a/ HTTP/1.1", 400},
    {"GET http://a:b/ HTTP/1.1", 400},
    {"GET http://:80/ HTTP/1.1", 400},
    {"GET http://a\\b/ HTTP/1.1", 400},
    {"GET /a#b HTTP/1.1", 400},
    {"GET /# HTTP/1.1", 400},
    {"GET /\xc3\xa4 HTTP/1.1", 400},
    {"GET /\x80 HTTP/1.1", 400},
    {"CONNECT example.com:443 HTTP/1.1", 501},
    {"CONNECT / HTTP/1.1", 501},
};

TEST(RequestLine, IsRefusedWithItsStatus) {
  for (const Bad& bad : kBad) {
    RequestLine line;
    const Fault fault = parse_request_line(bad.line, line);
    ASSERT_NE(fault, nullptr) << bad.line;
    EXPECT_EQ(fault->status, bad.status) << bad.line << ": " << fault->reason;
  }
}

TEST(RequestLine, HoldsVisibleAsciiAloneInItsTarget) {
  for (unsigned i = 0; i < 256; ++i) {
    const auto c = static_cast<char>(i);
    const bool good = i > 0x20 && i < 0x7f && c != '#';
    for (const std::size_t length : {2u, 15u, 16u, 17u, 40u}) {
      for (std::size_t at = 1; at < length; ++at) {
        std::string target = "/" + std::string(length - 1, 'x');
        target[at] = c;
        RequestLine line;
        const Fault fault = parse_request_line("GET " + target + " HTTP/1.1", line);
        EXPECT_EQ(fault == nullptr, good) << i << " at " << at << " of " << length;
      }
    }
  }
}

}  // namespace
}  // namespace penstock::proto::http1
