// SPDX-License-Identifier: MIT
#include "proto/http1/encoder.h"

#include <gtest/gtest.h>

namespace penstock::proto::http1 {
namespace {

using http::Framing;

constexpr std::string_view kDate = "Sun, 06 Nov 1994 08:49:37 GMT";

struct Asked {
  http::Version version = http::Version::Http11;
  bool head = false;
  bool keep_alive = true;
};

struct Case {
  std::string_view name;
  Asked asked;
  std::string_view status_line;
  http::Fields fields;
  Answer answer;
  std::string_view wire;
  Framing framing;
  bool keep_alive;
};

constexpr Asked k11{};
constexpr Asked k11Head{.head = true};
constexpr Asked k11Close{.keep_alive = false};
constexpr Asked k10{.version = http::Version::Http10, .keep_alive = false};
constexpr Asked k10Keep{.version = http::Version::Http10, .keep_alive = true};

Answer answer(std::optional<std::uint64_t> length = {}, bool may_keep_alive = true) {
  return {.date = kDate, .may_keep_alive = may_keep_alive, .body_length = length};
}

#define DATE "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
#define SERVER "Server: Penstock\r\n"

const Case kCases[] = {
    {"declared length",
     k11,
     "200 OK",
     {{"A", "b"}, {"Content-Length", "5"}},
     answer(),
     "HTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 5\r\n" DATE SERVER "\r\n",
     Framing::Length,
     true},
    {"known length",
     k11,
     "200 OK",
     {},
     answer(12),
     "HTTP/1.1 200 OK\r\n" DATE SERVER "Content-Length: 12\r\n\r\n",
     Framing::Length,
     true},
    {"known to be empty",
     k11,
     "404 Not Found",
     {},
     answer(0),
     "HTTP/1.1 404 Not Found\r\n" DATE SERVER "Content-Length: 0\r\n\r\n",
     Framing::Length,
     true},
    {"the declared length counts",
     k11,
     "200 OK",
     {{"content-length", "5"}},
     answer(7),
     "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n" DATE SERVER "\r\n",
     Framing::Length,
     true},
    {"unknown length",
     k11,
     "200 OK",
     {},
     answer(),
     "HTTP/1.1 200 OK\r\n" DATE SERVER "Transfer-Encoding: chunked\r\n\r\n",
     Framing::Chunked,
     true},
    {"unknown length, peer closes",
     k11Close,
     "200 OK",
     {},
     answer(),
     "HTTP/1.1 200 OK\r\n" DATE SERVER "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n",
     Framing::Chunked,
     false},
    {"server closes",
     k11,
     "200 OK",
     {},
     answer(1, false),
     "HTTP/1.1 200 OK\r\n" DATE SERVER "Content-Length: 1\r\nConnection: close\r\n\r\n",
     Framing::Length,
     false},
    {"application closes",
     k11,
     "200 OK",
     {{"Connection", "close"}},
     answer(1),
     "HTTP/1.1 200 OK\r\n" DATE SERVER "Content-Length: 1\r\nConnection: close\r\n\r\n",
     Framing::Length,
     false},
    {"1.0 never gets chunks",
     k10,
     "200 OK",
     {},
     answer(),
     "HTTP/1.1 200 OK\r\n" DATE SERVER "Connection: close\r\n\r\n",
     Framing::UntilClose,
     false},
    {"1.0 that would stay, unknown length",
     k10Keep,
     "200 OK",
     {},
     answer(),
     "HTTP/1.1 200 OK\r\n" DATE SERVER "Connection: close\r\n\r\n",
     Framing::UntilClose,
     false},
    {"1.0 that stays",
     k10Keep,
     "200 OK",
     {},
     answer(3),
     "HTTP/1.1 200 OK\r\n" DATE SERVER "Content-Length: 3\r\nConnection: keep-alive\r\n\r\n",
     Framing::Length,
     true},
    {"1.0 with a length",
     k10,
     "200 OK",
     {},
     answer(3),
     "HTTP/1.1 200 OK\r\n" DATE SERVER "Content-Length: 3\r\nConnection: close\r\n\r\n",
     Framing::Length,
     false},
    {"own Date and Server",
     k11,
     "200 OK",
     {{"date", "x"}, {"SERVER", "y"}},
     answer(0),
     "HTTP/1.1 200 OK\r\ndate: x\r\nSERVER: y\r\nContent-Length: 0\r\n\r\n",
     Framing::Length,
     true},
    {"HEAD keeps the length",
     k11Head,
     "200 OK",
     {{"Content-Length", "5"}},
     answer(0),
     "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n" DATE SERVER "\r\n",
     Framing::None,
     true},
    {"HEAD, nothing sent: the length of GET is not known",
     k11Head,
     "200 OK",
     {},
     answer(0),
     "HTTP/1.1 200 OK\r\n" DATE SERVER "\r\n",
     Framing::None,
     true},
    {"HEAD, a body that is thrown away",
     k11Head,
     "200 OK",
     {},
     answer(9),
     "HTTP/1.1 200 OK\r\n" DATE SERVER "Content-Length: 9\r\n\r\n",
     Framing::None,
     true},
    {"HEAD, unknown length",
     k11Head,
     "200 OK",
     {},
     answer(),
     "HTTP/1.1 200 OK\r\n" DATE SERVER "\r\n",
     Framing::None,
     true},
    {"204 has no length",
     k11,
     "204 No Content",
     {{"Content-Length", "0"}},
     answer(0),
     "HTTP/1.1 204 No Content\r\n" DATE SERVER "\r\n",
     Framing::None,
     true},
    {"304 keeps the length",
     k11,
     "304 Not Modified",
     {{"Content-Length", "5"}},
     answer(0),
     "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n" DATE SERVER "\r\n",
     Framing::None,
     true},
    {"304 without a length",
     k11,
     "304 Not Modified",
     {},
     answer(3),
     "HTTP/1.1 304 Not Modified\r\n" DATE SERVER "\r\n",
     Framing::None,
     true},
    {"205 is framed like any other",
     k11,
     "205 Reset Content",
     {},
     answer(0),
     "HTTP/1.1 205 Reset Content\r\n" DATE SERVER "Content-Length: 0\r\n\r\n",
     Framing::Length,
     true},
    {"no reason",
     k11,
     "200",
     {},
     answer(0),
     "HTTP/1.1 200 \r\n" DATE SERVER "Content-Length: 0\r\n\r\n",
     Framing::Length,
     true},
    {"an interim status as the last word",
     k11,
     "103 Early Hints",
     {},
     answer(0),
     "HTTP/1.1 103 Early Hints\r\n" DATE SERVER "Connection: close\r\n\r\n",
     Framing::None,
     false},
    {"204 of 1.0 that stays",
     k10Keep,
     "204 No Content",
     {},
     answer(0),
     "HTTP/1.1 204 No Content\r\n" DATE SERVER "Connection: keep-alive\r\n\r\n",
     Framing::None,
     true},
};

http::ResponseHead checked(std::string_view status_line, http::Fields fields) {
  http::ResponseHead head;
  head.status_line = status_line;
  head.fields = std::move(fields);
  EXPECT_TRUE(http::check_response_head(head));
  return head;
}

TEST(Encoder, WritesHeads) {
  for (const Case& one : kCases) {
    SCOPED_TRACE(one.name);
    http::Request request;
    request.version = one.asked.version;
    request.head_request = one.asked.head;
    request.keep_alive = one.asked.keep_alive;
    std::string out = "before";
    const Encoded encoded =
        append_head(out, request, checked(one.status_line, one.fields), one.answer);
    EXPECT_EQ(out, "before" + std::string(one.wire));
    EXPECT_EQ(encoded.framing, one.framing);
    EXPECT_EQ(encoded.keep_alive, one.keep_alive);
  }
}

TEST(Encoder, SendsInterimHeadsToPeersThatKnowThem) {
  http::Request request;
  const auto head = checked("103 Early Hints", {{"Link", "</a>"}, {"Content-Length", "3"}});
  std::string out;
  append_informational(out, request, head);
  EXPECT_EQ(out, "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");

  out.clear();
  request.version = http::Version::Http10;
  append_informational(out, request, head);
  EXPECT_EQ(out, "");
}

TEST(Encoder, WritesChunkSizes) {
  std::string out;
  for (const std::size_t size : {std::size_t{1}, std::size_t{10}, std::size_t{65536}, SIZE_MAX})
    append_chunk_size(out, size);
  EXPECT_EQ(out, "1\r\na\r\n10000\r\nffffffffffffffff\r\n");
}

TEST(Encoder, WritesRejections) {
  std::string out;
  append_rejection(out, {404, "x"}, kDate, ErrorPage::Sent);
  EXPECT_EQ(out, "HTTP/1.1 404 Not Found\r\n" DATE SERVER
                 "Content-Type: text/plain; charset=utf-8\r\nContent-Length: 14\r\n"
                 "Connection: close\r\n\r\n404 Not Found\n");
  out.clear();
  append_rejection(out, {503, "x"}, kDate, ErrorPage::LeftOut);
  EXPECT_EQ(out, "HTTP/1.1 503 Service Unavailable\r\n" DATE SERVER
                 "Retry-After: 1\r\n"
                 "Content-Type: text/plain; charset=utf-8\r\nContent-Length: 24\r\n"
                 "Connection: close\r\n\r\n");
  out.clear();
  append_rejection(out, {405, "x"}, kDate, ErrorPage::Sent);
  EXPECT_NE(out.find("\r\nAllow: GET, HEAD\r\n"), out.npos);
}

}  // namespace
}  // namespace penstock::proto::http1
