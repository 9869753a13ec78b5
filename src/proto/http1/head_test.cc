// SPDX-License-Identifier: MIT
// What becomes of request heads: the request, or the refusal.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "proto/http1/head_parser.h"
#include "proto/http1/wire_test.h"

namespace penstock::proto::http1 {
namespace {

using http::FieldId;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

/// Parses a head that must be good. The request's views live as long as `wire`.
http::Request parse(std::string_view wire, const Limits& limits = {}) {
  static const Endpoints endpoints = test_endpoints();
  http::Request request;
  const HeadResult result = parse_head(wire, endpoints, limits, request);
  EXPECT_EQ(result.fault, nullptr) << wire << ": " << result.fault->reason;
  EXPECT_EQ(result.size, wire.size()) << wire;
  return request;
}

TEST(RequestHead, FillsTheRequest) {
  const http::Request request = parse(
      "POST /a%20b/%C3%BC?q=%20 HTTP/1.1\r\n"
      "Host: Example.com:81\r\n"
      "Content-Type: text/plain\r\n"
      "Content-Length: 3\r\n"
      "X-Empty:\r\n"
      "X-Blanks: \t a b \t \r\n"
      "X-No-Blank:x\r\n"
      "Cookie: a=b\r\n"
      "\r\n");
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target, "/a%20b/%C3%BC?q=%20");
  EXPECT_EQ(request.path, "/a b/\xc3\xbc");
  EXPECT_EQ(request.query, "q=%20");
  EXPECT_EQ(request.script_name, "");
  EXPECT_EQ(request.protocol, "HTTP/1.1");
  EXPECT_EQ(request.scheme, "http");
  EXPECT_EQ(request.host, "Example.com:81");
  EXPECT_EQ(request.server_name, "Example.com");
  EXPECT_EQ(request.server_port, "8000");
  EXPECT_EQ(request.remote_address, "192.0.2.1");
  EXPECT_EQ(request.remote_port, "4000");
  EXPECT_EQ(request.remote_user, "");
  EXPECT_TRUE(request.has_content_type);
  EXPECT_EQ(request.content_type, "text/plain");
  EXPECT_EQ(request.content_length, 3u);
  EXPECT_FALSE(request.head_request || request.expect_continue || request.chunked ||
               request.trusted);
  EXPECT_TRUE(request.keep_alive);
  EXPECT_EQ(request.version, http::Version::Http11);
  ASSERT_EQ(request.fields.size(), 5u);
  EXPECT_EQ(request.fields[0].name, "Host");
  EXPECT_EQ(request.fields[0].id, FieldId::Host);
  EXPECT_EQ(request.fields[1].value, "");
  EXPECT_EQ(request.fields[2].value, "a b");
  EXPECT_EQ(request.fields[3].value, "x");
  EXPECT_EQ(request.fields[4].id, FieldId::Cookie);
}

TEST(RequestHead, LeavesAPlainPathWhereItIs) {
  constexpr std::string_view kWire = "GET /plain?a=%20 HTTP/1.1\r\nHost: x\r\n\r\n";
  const http::Request request = parse(kWire);
  EXPECT_EQ(request.path.data(), kWire.data() + 4);
  EXPECT_EQ(request.storage, "");
}

TEST(RequestHead, KeepsItsPathWhenTheRequestIsMoved) {
  http::Request request = parse("GET /%41 HTTP/1.1\r\nHost: x\r\n\r\n");
  const http::Request moved = std::move(request);
  EXPECT_EQ(moved.path, "/A");
}

TEST(RequestHead, AcceptsEveryTokenAsAName) {
  const http::Request request =
      parse("GET / HTTP/1.1\r\nHost: x\r\n!#$%&'*+.^`|~: 1\r\n0: 2\r\na.b: 3\r\n-: 4\r\n\r\n");
  ASSERT_EQ(request.fields.size(), 5u);
  EXPECT_EQ(request.fields[1].name, "!#$%&'*+.^`|~");
  EXPECT_EQ(request.fields[4].value, "4");
}

TEST(RequestHead, DropsWhatTheHeaderPolicyDrops) {
  const http::Request request = parse(
      "GET / HTTP/1.1\r\nHost: x\r\nProxy: evil\r\nX_Real_IP: 1\r\nX_: 2\r\n_: 3\r\nX-Real-IP: "
      "4\r\n"
      "a.b_c: 5\r\nConnection: X-Real-IP\r\nKeep-Alive: 1\r\nUpgrade: h2c\r\nTE: trailers\r\n"
      "HTTP2-Settings: x\r\nProxy-Connection: keep-alive\r\nTrailer: X\r\n\r\n");
  ASSERT_EQ(request.fields.size(), 3u);
  EXPECT_EQ(request.fields[1].name, "X-Real-IP");
  EXPECT_EQ(request.fields[2].name, "HTTP2-Settings");
}

struct Hosts {
  std::string_view wire;
  std::string_view host;
  std::string_view server_name;
  std::string_view path;
};

TEST(RequestHead, FindsTheHost) {
  constexpr Hosts kHosts[] = {
      {"GET / HTTP/1.1\r\nhost: a\r\n\r\n", "a", "a", "/"},
      {"GET / HTTP/1.1\r\nHOST:[::1]:80\r\n\r\n", "[::1]:80", "[::1]", "/"},
      {"GET / HTTP/1.0\r\n\r\n", "", "fallback", "/"},
      {"GET / HTTP/1.0\r\nHost: a:1\r\n\r\n", "a:1", "a", "/"},
      {"GET http://b:2/p HTTP/1.1\r\nHost: a:1\r\n\r\n", "b:2", "b", "/p"},
      {"GET http://b:2 HTTP/1.0\r\n\r\n", "b:2", "b", "/"},
      {"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "a", "a", "*"},
  };
  for (const Hosts& want : kHosts) {
    const http::Request request = parse(want.wire);
    EXPECT_EQ(request.host, want.host) << want.wire;
    EXPECT_EQ(request.server_name, want.server_name) << want.wire;
    EXPECT_EQ(request.path, want.path) << want.wire;
    EXPECT_EQ(request.scheme, "http");
    std::string_view field;
    for (const http::Field& one : request.fields)
      if (one.id == FieldId::Host) field = one.value;
    EXPECT_EQ(field, want.host) << want.wire;
  }
}

struct Stays {
  std::string_view version;
  std::string_view fields;
  bool keep_alive;
};

TEST(RequestHead, KnowsWhetherTheConnectionStays) {
  constexpr Stays kStays[] = {
      {"1.1", "", true},
      {"1.1", "Connection: close\r\n", false},
      {"1.1", "Connection: Close\r\n", false},
      {"1.1", "Connection: keep-alive\r\n", true},
      {"1.1", "Connection: keep-alive, close\r\n", false},
      {"1.1", "Connection: foo,\tclose , bar\r\n", false},
      {"1.1", "Connection: closed\r\n", true},
      {"1.1", "Connection: keep-alive\r\nConnection: close\r\n", false},
      {"1.1", "Connection: Upgrade, HTTP2-Settings\r\n", true},
      {"1.1", "Connection: ,,\r\n", true},
      {"1.1", "Connection:\r\n", true},
      {"1.1", "Proxy-Connection: close\r\n", true},
      {"1.0", "", false},
      {"1.0", "Connection: keep-alive\r\n", true},
      {"1.0", "Connection: Keep-Alive\r\n", true},
      {"1.0", "Connection: x, keep-alive\r\n", true},
      {"1.0", "Connection: close\r\n", false},
      {"1.0", "Connection: close, keep-alive\r\n", false},
  };
  for (const Stays& want : kStays) {
    const std::string wire = "GET / HTTP/" + std::string(want.version) + "\r\nHost: x\r\n" +
                             std::string(want.fields) + "\r\n";
    EXPECT_EQ(parse(wire).keep_alive, want.keep_alive) << wire;
  }
}

struct Expects {
  std::string_view head;
  bool expect_continue;
};

TEST(RequestHead, ExpectsTheInterimAnswerOnlyForABody) {
  constexpr Expects kExpects[] = {
      {"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n", true},
      {"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-Continue\r\nTransfer-Encoding: chunked\r\n\r\n",
       true},
      {"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 0\r\n\r\n", false},
      {"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n\r\n", false},
      {"POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n", false},
  };
  for (const Expects& want : kExpects)
    EXPECT_EQ(parse(want.head).expect_continue, want.expect_continue) << want.head;
}

TEST(RequestHead, ReadsTheFraming) {
  const auto length = [](std::string_view value) {
    return *parse("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::string(value) +
                  "\r\n\r\n")
                .content_length;
  };
  EXPECT_EQ(length("0"), 0u);
  EXPECT_EQ(length("007"), 7u);
  EXPECT_EQ(length("9223372036854775807"), 9223372036854775807u);
  for (const std::string_view value : {"chunked", "Chunked", "CHUNKED", " chunked\t"}) {
    const http::Request request = parse(
        "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: " + std::string(value) + "\r\n\r\n");
    EXPECT_TRUE(request.chunked);
    EXPECT_FALSE(request.content_length);
  }
}

TEST(RequestHead, CountsTheVariablesOfAUwsgiPacket) {
  const http::Request request = parse(
      "GET /p?q HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\nContent-Type: t\r\nX_Y: z\r\n\r\n");
  const std::pair<std::string_view, std::string_view> kPacket[] = {{"REQUEST_METHOD", "GET"},
                                                                   {"REQUEST_URI", "/p?q"},
                                                                   {"PATH_INFO", "/p"},
                                                                   {"QUERY_STRING", "q"},
                                                                   {"SERVER_PROTOCOL", "HTTP/1.1"},
                                                                   {"SCRIPT_NAME", ""},
                                                                   {"SERVER_NAME", "h"},
                                                                   {"SERVER_PORT", "8000"},
                                                                   {"REMOTE_PORT", "4000"},
                                                                   {"REMOTE_ADDR", "192.0.2.1"},
                                                                   {"HTTP_HOST", "h"},
                                                                   {"CONTENT_LENGTH", "0"},
                                                                   {"CONTENT_TYPE", "t"},
                                                                   {"HTTP_X_Y", "z"}};
  std::size_t size = 0;
  for (const auto& [name, value] : kPacket)
    size += 4 + name.size() + value.size();
  EXPECT_EQ(request.variable_count, std::size(kPacket));
  EXPECT_EQ(request.packet_size, size);
}

struct Refused {
  std::string_view wire;
  int status;
};

// Each stands for a way in which two parsers could disagree, or for a limit of this one.
constexpr Refused kRefused[] = {
    // Line ends.
    {"GET / HTTP/1.1\nHost: x\n\n", 400},
    {"GET / HTTP/1.1\r\nHost: x\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: x\r\n\n", 400},
    {"GET / HTTP/1.1\nHost: x\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: x\r\nA: b\nC: d\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: x\r\nA: b\rC: d\r\n\r\n", 400},
    {"GET / HTTP/1.1\rHost: x\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\r\nHost: x\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: x\r\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: x\r\n\r\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: x\r\n\rX: y\r\n\r\n", 400},
    // Names.
    {"GET / HTTP/1.1\r\nHost : x\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost\t: x\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: x\r\nContent-Length : 5\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding : chunked\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: x\r\n: y\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: x\r\n:\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: x\r\nnocolon\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: x\r\nA B: y\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: x\r\n\"A\": y\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: x\r\nA(b): y\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: x\r\nA/b: y\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: x\r\n\xc3\xbc: y\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: x\r\n\xff: y\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: x\r\nA\x0b: y\r\n\r\n", 400},
    // Folding, and white space where the first field should be.
    {"GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n\tc: d\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: x\r\n \r\n\r\n", 400},
    {"GET / HTTP/1.1\r\n Host: x\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding:\r\n chunked\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: x\r\nX: y\r\n Transfer-Encoding: chunked\r\n\r\n", 400},
    // Values.
    {"GET / HTTP/1.1\r\nHost: x\r\nA: b\x01\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: x\r\nA: \x7f\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: x\r\nA: b\x0b\x0c\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: \x0b"
     "chunked\r\n\r\n",
     400},
    // Host.
    {"GET / HTTP/1.1\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nA: b\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost:\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: x\r\nhost: y\r\n\r\n", 400},
    {"GET / HTTP/1.0\r\nHost: x\r\nHost: y\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: x y\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: u@x\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: x/y\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: x, y\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: x:port\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: x:80:80\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: http://x\r\n\r\n", 400},
    {"GET http://x/ HTTP/1.1\r\n\r\n", 400},
    {"GET http://x/ HTTP/1.1\r\nHost: a b\r\n\r\n", 400},
    // Content-Length.
    {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length:\r\n\r\n", 400},
    {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +5\r\n\r\n", 400},
    {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n", 400},
    {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0x5\r\n\r\n", 400},
    {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5.0\r\n\r\n", 400},
    {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5,5\r\n\r\n", 400},
    {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5, 6\r\n\r\n", 400},
    {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5 5\r\n\r\n", 400},
    {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5_0\r\n\r\n", 400},
    {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: \"5\"\r\n\r\n", 400},
    {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: five\r\n\r\n", 400},
    {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 18446744073709551616\r\n\r\n", 400},
    {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9223372036854775808\r\n\r\n", 413},
    {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n", 400},
    {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\ncontent-length: 6\r\n\r\n", 400},
    // Transfer-Encoding.
    {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", 501},
    {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501},
    {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, gzip\r\n\r\n", 501},
    {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: identity\r\n\r\n", 501},
    {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n", 501},
    {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunkedx\r\n\r\n", 501},
    {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: \"chunked\"\r\n\r\n", 501},
    {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked;q=1\r\n\r\n", 501},
    {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked,\r\n\r\n", 501},
    {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: ,chunked\r\n\r\n", 501},
    {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked chunked\r\n\r\n", 501},
    {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding:\r\n\r\n", 501},
    {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, chunked\r\n\r\n", 501},
    {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: \xa0"
     "chunked\r\n\r\n",
     501},
    {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: "
     "chunked\r\n\r\n",
     400},
    {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\ntransfer-encoding: "
     "identity\r\n\r\n",
     400},
    {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: cow\r\nTransfer-Encoding: chunked\r\n\r\n",
     400},
    {"POST / HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
    {"POST / HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: gzip\r\n\r\n", 400},
    {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
    {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n", 400},
    {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\nContent-Length: 5\r\n\r\n", 400},
    // A request that is refused although its fields would be ignored elsewhere.
    {"GET /%00 HTTP/1.1\r\nHost: x\r\n\r\n", 400},
    {"GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n", 400},
    {"GET /%4 HTTP/1.1\r\nHost: x\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: x\r\nExpect: 200-ok\r\n\r\n", 417},
    {"GET / HTTP/1.1\r\nHost: x\r\nExpect:\r\n\r\n", 417},
    {"GET / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue, x\r\n\r\n", 417},
    {"GET / HTTP/1.0\r\nExpect: x\r\n\r\n", 417},
    {"GET / HTTP/1.1\r\nHost: x\r\nContent-Type: a\r\nContent-Type: a\r\n\r\n", 400},
    {"CONNECT x:443 HTTP/1.1\r\nHost: x:443\r\n\r\n", 501},
    // Other protocols.
    {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
    {"GET / HTTP/3.0\r\nHost: x\r\n\r\n", 505},
    {"GET /\r\n", 400},
    {"GET /index.html\r\n\r\n", 400},
    {"\x16\x03\x01\x02\x01\x01\xfc\x03\x03", 400},
    {"SSH-2.0-OpenSSH_9.2p1\r\n", 400},
    {"EHLO mail\r\n", 400},
    {"\xff\xfb\x1f", 400},
};

TEST(RequestHead, IsRefusedHoweverItArrives) {
  for (const Refused& refused : kRefused) {
    SCOPED_TRACE(refused.wire);
    EXPECT_THAT(play_at_every_cut(refused.wire),
                StartsWith("0 reject " + std::to_string(refused.status) + " "));
  }
}

TEST(RequestHead, RefusesNulAnywhere) {
  constexpr std::string_view kGood = "GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n\r\n";
  for (std::size_t at = 0; at < kGood.size(); ++at) {
    std::string wire(kGood);
    wire.insert(at, 1, '\0');
    EXPECT_THAT(play(wire, wire.size()), StartsWith("0 reject 400")) << at;
    EXPECT_THAT(play(wire, 1), StartsWith("0 reject 400")) << at;
  }
}

TEST(RequestHead, NamesTheFault) {
  constexpr std::pair<std::string_view, std::string_view> kFaults[] = {
      {"\x16\x03\x01", "TLS spoken to a plain HTTP port"},
      {"GET / HTTP/1.1\nHost: x\n\n", "line feed without carriage return"},
      {"GET / HTTP/1.1\r\nHost: x\rA: b\r\n\r\n", "carriage return without line feed"},
      {"GET / HTTP/1.1\r\nHost: \x01\r\n\r\n", "control byte in a request head"},
      {"GET / HTTP/1.1\r\nHost: x\r\n y\r\n\r\n", "folded header line"},
      {"GET / HTTP/1.1\r\n\r\n", "no Host field"},
      {"GET / HTTP/1.1\r\nHost: x\r\nHost : x\r\n\r\n",
       "header line without a field name and a colon"},
  };
  for (const auto& [wire, reason] : kFaults)
    EXPECT_THAT(play_at_every_cut(wire), EndsWith(std::string(reason) + "\n")) << wire;
}

TEST(RequestHead, SpeaksUpAsSoonAsTheFirstLineIsThere) {
  for (const std::string_view wire : {"HELO there\r\n", "GET / HTTP/2.0\r\n", "\x16", "GET /\n"}) {
    const auto session = make_session(test_endpoints(), {});
    http::Request request;
    EXPECT_EQ(session->next(wire, request).kind, Event::Kind::Reject) << wire;
  }
}

TEST(RequestHead, HasALimitForItsFirstLine) {
  const Limits limits{.line_bytes = 40};
  const auto with_line = [](std::size_t size) {
    return "GET /" + std::string(size - 14, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n";
  };
  EXPECT_THAT(play_at_every_cut(with_line(40), limits), HasSubstr("0 head"));
  EXPECT_THAT(play_at_every_cut(with_line(41), limits), StartsWith("0 reject 414"));
  EXPECT_THAT(play_at_every_cut(std::string(41, 'a'), limits), StartsWith("0 reject 414"));
  EXPECT_THAT(play_at_every_cut(std::string(40, 'a'), limits),
              StartsWith("0 reject 400 connection closed"));
}

TEST(RequestHead, HasALimitForItsBytes) {
  const Limits limits{.head_bytes = 60};
  const auto with_head = [](std::size_t size) {
    return "GET / HTTP/1.1\r\nHost: x\r\nA: " + std::string(size - 32, 'a') + "\r\n\r\n";
  };
  ASSERT_EQ(with_head(60).size(), 60u);
  EXPECT_THAT(play_at_every_cut(with_head(60), limits), HasSubstr("0 head"));
  EXPECT_THAT(play_at_every_cut(with_head(61), limits), StartsWith("0 reject 431"));
  EXPECT_THAT(play_at_every_cut("GET / HTTP/1.1\r\nHost: x\r\nA: " + std::string(99, 'a'), limits),
              StartsWith("0 reject 431"));
  EXPECT_THAT(play_at_every_cut("GET /" + std::string(99, 'a'), limits),
              StartsWith("0 reject 414"));
  EXPECT_THAT(play_at_every_cut(with_head(60) + with_head(60), limits), HasSubstr("0 end\n0 head"));
}

TEST(RequestHead, HasALimitForItsFields) {
  const Limits limits{.fields = 3};
  const std::string two = "GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n";
  EXPECT_THAT(play_at_every_cut(two + "C: d\r\n\r\n", limits), HasSubstr("0 head"));
  EXPECT_THAT(play_at_every_cut(two + "Connection: x\r\nUpgrade: y\r\n\r\n", limits),
              StartsWith("0 reject 431"));
}

TEST(RequestHead, HasALimitForItsBody) {
  const Limits limits{.body_bytes = 5};
  const std::string post = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ";
  EXPECT_THAT(play_at_every_cut(post + "5\r\n\r\nhello", limits), HasSubstr("0 body hello"));
  EXPECT_THAT(play_at_every_cut(post + "6\r\n\r\nhello!", limits), StartsWith("0 reject 413"));
}

}  // namespace
}  // namespace penstock::proto::http1
