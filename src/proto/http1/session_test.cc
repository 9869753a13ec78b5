// SPDX-License-Identifier: MIT
#include "proto/http1/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "proto/http1/wire_test.h"

namespace penstock::proto::http1 {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;
using Kind = Event::Kind;

/// The kinds of a transcript's events, bodies and reasons: without what the heads hold.
std::string outline(std::string_view transcript) {
  std::string text;
  while (!transcript.empty()) {
    const std::string_view line = transcript.substr(0, transcript.find('\n'));
    transcript.remove_prefix(std::min(line.size() + 1, transcript.size()));
    if (line.starts_with("target=")) text += " " + std::string(line.substr(7));
    if (line.starts_with("0 ")) text += (text.empty() ? "" : "; ") + std::string(line.substr(2));
  }
  return text;
}

std::string outline_of(std::string_view wire, const Limits& limits = {}) {
  return outline(play_at_every_cut(wire, limits));
}

TEST(Http1Session, SaysHowMuchOfAPlainBodyIsStillToCome) {
  const auto session = make_session(Endpoints{}, Limits{});
  http::Request request;
  EXPECT_EQ(session->plain_body(), 0u);
  const std::string_view head = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n";
  EXPECT_EQ(session->next(head, request).kind, Kind::Head);
  EXPECT_EQ(session->plain_body(), 10u);
  EXPECT_EQ(session->next("abcd", request).data, "abcd");
  EXPECT_EQ(session->plain_body(), 6u);
  EXPECT_EQ(session->next("efghij", request).data, "efghij");
  EXPECT_EQ(session->plain_body(), 0u);
  EXPECT_EQ(session->next({}, request).kind, Kind::End);
  EXPECT_EQ(session->plain_body(), 0u);
  request.reset();
  const std::string_view chunked =
      "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
  EXPECT_EQ(session->next(chunked, request).kind, Kind::Head);
  EXPECT_EQ(session->plain_body(), 0u);
}

struct Conversation {
  std::string_view wire;
  std::string_view events;
};

constexpr Conversation kGood[] = {
    {"", "close"},
    {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "head /; end; close"},
    {"\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n", "head /; end; close"},
    {"\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n", "head /; end; close"},
    {"\r\n", "close"},
    {"\r\n\r\n", "close"},
    {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello",
     "head /; body hello; end; close"},
    {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", "head /; end; close"},
    {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
     "5\r\nhello\r\n1;x\r\n!\r\n0\r\nA: b\r\n\r\n",
     "head /; body hello!; end; close"},
    {"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody", "head /; body body; end; close"},
    // Pipelines: each request begins where the one before it ended.
    {"GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\n\r\n",
     "head /1; end; head /2; end; close"},
    {"POST /1 HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc\r\n"
     "GET /2 HTTP/1.1\r\nHost: x\r\n\r\n",
     "head /1; body abc; end; head /2; end; close"},
    {"POST /1 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
     "GET /2 HTTP/1.1\r\nHost: x\r\n\r\n",
     "head /1; end; head /2; end; close"},
    {"POST /1 HTTP/1.1\r\nHost: x\r\nContent-Length: 15\r\n\r\nGET /2 HTTP/1.1"
     "GET /3 HTTP/1.1\r\nHost: x\r\n\r\n",
     "head /1; body GET /2 HTTP/1.1; end; head /3; end; close"},
    // What follows the last request is not looked at.
    {"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\n\r\n",
     "head /; end; close"},
    {"GET / HTTP/1.0\r\n\r\ngarbage\n", "head /; end; close"},
    {"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /2 HTTP/1.0\r\n\r\n",
     "head /; end; head /2; end; close"},
    // An upgrade that nobody asked for is not one: the next request is HTTP/1.1 again.
    {"GET /1 HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
     "HTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\n\r\n",
     "head /1; end; head /2; end; close"},
    {"POST /1 HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
     "Content-Length: 4\r\n\r\nbodyGET /2 HTTP/1.1\r\nHost: x\r\n\r\n",
     "head /1; body body; end; head /2; end; close"},
    // Sec-WebSocket-Key1 once said that eight bytes follow. They are a request line.
    {"GET /1 HTTP/1.1\r\nHost: x\r\nSec-WebSocket-Key1: x\r\n\r\nxxxxxxxx\r\n",
     "head /1; end; reject 400 not an HTTP request line"},
};

TEST(Http1Session, TellsRequestsApartAtEveryCut) {
  for (const Conversation& good : kGood) {
    SCOPED_TRACE(good.wire);
    EXPECT_EQ(outline_of(good.wire), good.events);
  }
}

constexpr Conversation kBad[] = {
    {"\r\n\r\n\r\nGET / HTTP/1.1\r\n", "reject 400 empty lines before a request"},
    {"\nGET / HTTP/1.1\r\nHost: x\r\n\r\n", "reject 400 line feed without carriage return"},
    {"\rGET / HTTP/1.1\r\nHost: x\r\n\r\n", "reject 400 carriage return without line feed"},
    {" \r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n", "reject 400 not an HTTP request line"},
    // CL.TE and TE.CL: both framings are never taken.
    {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n"
     "0\r\n\r\nG",
     "reject 400 both Transfer-Encoding and Content-Length"},
    {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n"
     "8\r\nSMUGGLED\r\n0\r\n\r\n",
     "reject 400 both Transfer-Encoding and Content-Length"},
    // TE.TE: a coding that is hidden from one of two parsers.
    {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: xchunked\r\n\r\n5c\r\n",
     "reject 400 both Transfer-Encoding and Content-Length"},
    {"POST / HTTP/1.1\r\nHost: x\r\nTransfer_Encoding: chunked\r\nContent-Length: 3\r\n\r\n"
     "abcGPOST",
     "head /; body abc; end; reject 400 connection closed within a request head"},
    {"GET / HTTP/1.1\r\nHost: x\r\nX: \nTransfer-Encoding: chunked\r\n\r\n",
     "reject 400 line feed without carriage return"},
    // Chunks.
    {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n0\r\n\r\n",
     "head /; reject 400 chunk size is not a hexadecimal number"},
    {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1;\nabc\r\na\r\n0\r\n\r\n",
     "head /; reject 400 control byte in a chunk extension"},
    {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcdef\r\n0\r\n\r\n",
     "head /; body abc; reject 400 chunk data does not end in CRLF"},
    {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000000\r\n",
     "head /; reject 400 chunk size of too many digits"},
    {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: "
     "5\r\n\r\n",
     "head /; reject 400 field in a trailer that belongs into a head"},
    {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: "
     "chunked\r\n\r\n1\r\na\r\n0\r\nnocolon\r\n\r\n",
     "head /; body a; reject 400 trailer line without a field name and a colon"},
    // The end comes too early.
    {"GET / HTTP/1.1\r\nHost: x\r\n", "reject 400 connection closed within a request head"},
    {"G", "reject 400 connection closed within a request head"},
    {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhell",
     "head /; body hell; reject 400 connection closed within a request body"},
    {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n",
     "head /; reject 400 connection closed within a request body"},
    {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
     "head /; body hel; reject 400 connection closed within a request body"},
    {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n",
     "head /; body x; reject 400 connection closed within a request body"},
    // A second request is judged like the first.
    {"GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\n\r\n",
     "head /; end; reject 400 no Host field"},
};

TEST(Http1Session, RefusesAtEveryCut) {
  for (const Conversation& bad : kBad) {
    SCOPED_TRACE(bad.wire);
    EXPECT_EQ(outline_of(bad.wire), bad.events);
  }
}

TEST(Http1Session, ReadsALongPipelineInOneInput) {
  std::string wire;
  std::string want;
  for (int i = 0; i < 200; ++i) {
    const std::string path = "/" + std::string(static_cast<std::size_t>(i), 'a');
    wire += "GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n";
    want += "head " + path + "; end; ";
  }
  EXPECT_EQ(outline(play(wire, wire.size())), want + "close");
  EXPECT_EQ(outline(play(wire, 7)), want + "close");
}

TEST(Http1Session, IsIdleBetweenRequests) {
  const auto session = make_session(test_endpoints(), {});
  http::Request request;
  EXPECT_TRUE(session->idle());
  EXPECT_EQ(session->next("\r\n", request).consumed, 2u);
  EXPECT_TRUE(session->idle());
  EXPECT_EQ(session->next("GET / HT", request).kind, Kind::NeedInput);
  EXPECT_FALSE(session->idle());
  EXPECT_EQ(session->next("GET / HTTP/1.1\r\nHost: x\r\n\r\n", request).kind, Kind::Head);
  EXPECT_FALSE(session->idle());
  EXPECT_EQ(session->next("", request).kind, Kind::End);
  EXPECT_TRUE(session->idle());
  EXPECT_FALSE(session->concurrent());
}

TEST(Http1Session, LeavesTheRequestCleanUntilItsHeadIsWhole) {
  const auto session = make_session(test_endpoints(), {});
  http::Request request;
  EXPECT_EQ(session->next("GET /%41 HTTP/1.1\r\nHost: x\r\nA: b\r\n", request).kind,
            Kind::NeedInput);
  EXPECT_EQ(describe(request), describe(http::Request{}));
  EXPECT_EQ(session->next("GET /%41 HTTP/1.1\r\nHost: x\r\nA: b\r\n : \r\n\r\n", request).kind,
            Kind::Reject);
  EXPECT_EQ(describe(request), describe(http::Request{}));
}

TEST(Http1Session, StaysRefused) {
  const auto session = make_session(test_endpoints(), {});
  http::Request request;
  const Event first = session->next("GET /\n and more", request);
  EXPECT_EQ(first.kind, Kind::Reject);
  EXPECT_EQ(first.consumed, 15u);
  const Event again = session->next("GET / HTTP/1.1\r\nHost: x\r\n\r\n", request);
  EXPECT_EQ(again.kind, Kind::Reject);
  EXPECT_EQ(again.rejection.reason, first.rejection.reason);
  EXPECT_EQ(session->end_of_input("").kind, Kind::Reject);
}

TEST(Http1Session, LooksAtEachByteOfASlowHeadOnce) {
  // Bytes that were seen turn into line feeds, which would be refused if they were seen again.
  const Limits limits{.head_bytes = 65536, .line_bytes = 65536};
  for (const bool has_first_line : {false, true}) {
    const auto session = make_session(test_endpoints(), limits);
    http::Request request;
    std::string wire = has_first_line ? "GET / HTTP/1.1\r\nHost: x\r\nCookie: " : "GET /";
    wire.append(65536 - wire.size(), 'c');
    for (std::size_t size = 1; size < wire.size(); ++size) {
      ASSERT_EQ(session->next({wire.data(), size}, request).kind, Kind::NeedInput) << size;
      // The first line is read again, once, when it is whole.
      if (has_first_line && size < 18) continue;
      const bool line_end_is_open = wire[size - 1] == '\r';
      if (!line_end_is_open) std::fill_n(wire.begin(), size, '\n');
    }
    EXPECT_EQ(session->next(wire, request).rejection.status, has_first_line ? 431 : 414);
  }
}

TEST(Http1Session, LooksAtEachByteOfASlowTrailerOnce) {
  const auto session = make_session(test_endpoints(), {.trailer_bytes = 10000});
  http::Request request;
  constexpr std::string_view kHead =
      "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
  ASSERT_EQ(session->next(kHead, request).kind, Kind::Head);
  ASSERT_EQ(session->next("0\r\n", request).consumed, 3u);
  std::string line(10001, 'c');
  for (std::size_t size = 1; size < line.size(); ++size) {
    ASSERT_EQ(session->next({line.data(), size}, request).kind, Kind::NeedInput) << size;
    std::fill_n(line.begin(), size, '\n');
  }
  EXPECT_EQ(session->next(line, request).rejection.status, 431);
}

TEST(Http1Session, WritesPartsAsTheirFramingWants) {
  const auto session = make_session(test_endpoints(), {});
  std::string out;
  session->begin_part(0, http::Framing::Chunked, 5, out);
  out += "hello";
  session->end_part(0, http::Framing::Chunked, 5, out);
  session->encode_end(0, http::Framing::Chunked, out);
  EXPECT_EQ(out, "5\r\nhello\r\n0\r\n\r\n");
  for (const auto framing :
       {http::Framing::Length, http::Framing::UntilClose, http::Framing::None}) {
    out.clear();
    session->begin_part(0, framing, 5, out);
    session->end_part(0, framing, 5, out);
    session->encode_end(0, framing, out);
    EXPECT_EQ(out, "");
  }
}

TEST(Http1Session, WritesItsHeads) {
  const auto session = make_session(test_endpoints(), {});
  std::string out;
  session->encode_continue(0, out);
  EXPECT_EQ(out, "HTTP/1.1 100 Continue\r\n\r\n");

  http::ResponseHead head;
  head.status_line = "103 Early Hints";
  ASSERT_TRUE(http::check_response_head(head));
  http::Request request;
  out.clear();
  session->encode_informational(0, request, head, out);
  EXPECT_EQ(out, "HTTP/1.1 103 Early Hints\r\n\r\n");

  head.status_line = "200 OK";
  ASSERT_TRUE(http::check_response_head(head));
  out.clear();
  const Encoded encoded = session->encode_head(0, request, head, Answer{}, out);
  EXPECT_EQ(encoded.framing, http::Framing::Chunked);
  EXPECT_THAT(out, StartsWith("HTTP/1.1 200 OK\r\n"));
}

std::string rejection_after(std::string_view wire) {
  const auto session = make_session(test_endpoints(), {});
  http::Request request;
  session->next(wire, request);
  std::string out;
  session->encode_rejection(0, {400, "x"}, "D", out);
  return out;
}

TEST(Http1Session, SendsNoErrorPageToHead) {
  EXPECT_THAT(rejection_after("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n"), EndsWith("\r\n\r\n"));
  EXPECT_THAT(rejection_after("HEAD / HTTP/1.1\r\n\r\n"), EndsWith("\r\n\r\n"));
  EXPECT_THAT(rejection_after("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), EndsWith("400 Bad Request\n"));
  EXPECT_THAT(rejection_after("GET / HTTP/1.1\r\n\r\n"), EndsWith("400 Bad Request\n"));
  EXPECT_THAT(rejection_after("HEADER"), EndsWith("400 Bad Request\n"));
}

}  // namespace
}  // namespace penstock::proto::http1
