// SPDX-License-Identifier: MIT
#include "proto/cgi_response.h"

#include <gtest/gtest.h>

#include <string>

namespace penstock::proto {
namespace {

using http::Framing;

http::ResponseHead ok_head() {
  http::ResponseHead head;
  head.status_line = "200 OK";
  head.fields = {{"Content-Type", "text/html"}, {"Set-Cookie", "a=1"}, {"Set-Cookie", "b=2"}};
  return head;
}

http::Request request_of(std::string_view protocol) {
  http::Request request;
  request.method = "GET";
  request.protocol = protocol;
  return request;
}

TEST(AppendCgiHead, EchoesTheProtocolAndAddsNothing) {
  std::string out = "x";
  const Framing framing =
      append_cgi_head(out, HeadForm::Http, request_of("HTTP/1.1"), ok_head(), Answer{});
  EXPECT_EQ(framing, Framing::UntilClose);
  EXPECT_EQ(out,
            "xHTTP/1.1 200 OK\r\nContent-Type: text/html\r\nSet-Cookie: a=1\r\n"
            "Set-Cookie: b=2\r\n\r\n");
}

TEST(AppendCgiHead, SpeaksHttp10WhereTheProtocolIsNone) {
  for (const std::string_view protocol : {"", "INCLUDED", "http/1.1"}) {
    std::string out;
    append_cgi_head(out, HeadForm::Http, request_of(protocol), ok_head(), Answer{});
    EXPECT_TRUE(out.starts_with("HTTP/1.0 200 OK\r\n")) << out;
  }
}

TEST(AppendCgiHead, WritesAStatusWithoutAReason) {
  http::ResponseHead head;
  head.status_line = "200";
  std::string out;
  append_cgi_head(out, HeadForm::Http, request_of("HTTP/1.1"), head, Answer{});
  append_cgi_head(out, HeadForm::Cgi, request_of("HTTP/1.1"), head, Answer{});
  EXPECT_EQ(out, "HTTP/1.1 200 \r\n\r\nStatus: 200\r\n\r\n");
}

TEST(AppendCgiHead, WritesTheCgiFormWithOneStatus) {
  http::ResponseHead head = ok_head();
  head.status = 404;
  head.status_line = "404 Gone Fishing";
  head.fields = {{"sTATUS", "200 OK"}, {"X", "y"}};
  std::string out;
  append_cgi_head(out, HeadForm::Cgi, request_of("HTTP/1.1"), head, Answer{});
  EXPECT_EQ(out, "Status: 404 Gone Fishing\r\nX: y\r\n\r\n");
}

TEST(AppendCgiHead, AddsTheLengthWhereItIsKnown) {
  Answer answer;
  answer.body_length = 18446744073709551615U;
  std::string out;
  EXPECT_EQ(append_cgi_head(out, HeadForm::Http, request_of("HTTP/1.1"), ok_head(), answer),
            Framing::Length);
  EXPECT_TRUE(out.ends_with("\r\nContent-Length: 18446744073709551615\r\n\r\n")) << out;
}

TEST(AppendCgiHead, LeavesTheApplicationsLengthAlone) {
  http::ResponseHead head = ok_head();
  head.fields = {{"content-length", "5"}};
  head.content_length = 5;
  Answer answer;
  answer.body_length = 5;
  std::string out;
  EXPECT_EQ(append_cgi_head(out, HeadForm::Http, request_of("HTTP/1.1"), head, answer),
            Framing::Length);
  EXPECT_EQ(out, "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n");
}

TEST(AppendCgiHead, AddsNoLengthWhereNoBodyMayFollow) {
  Answer answer;
  answer.body_length = 0;
  http::Request head_request = request_of("HTTP/1.1");
  head_request.head_request = true;
  std::string out;
  EXPECT_EQ(append_cgi_head(out, HeadForm::Http, head_request, ok_head(), answer), Framing::None);
  EXPECT_EQ(out.find("Content-Length"), std::string::npos);

  for (const int status : {204, 304}) {
    http::ResponseHead head = ok_head();
    head.status = status;
    EXPECT_EQ(append_cgi_head(out, HeadForm::Http, request_of("HTTP/1.1"), head, answer),
              Framing::None);
    EXPECT_EQ(out.find("Content-Length"), std::string::npos);
  }
}

TEST(AppendCgiHead, TellsTheLengthThatGetWouldHave) {
  Answer answer;
  answer.body_length = 3;
  http::Request request = request_of("HTTP/1.1");
  request.head_request = true;
  std::string out;
  EXPECT_EQ(append_cgi_head(out, HeadForm::Http, request, ok_head(), answer), Framing::None);
  EXPECT_TRUE(out.ends_with("\r\nContent-Length: 3\r\n\r\n")) << out;
}

TEST(AppendCgiHead, TakesALengthOutOfA204) {
  http::ResponseHead head = ok_head();
  head.status = 204;
  head.status_line = "204 No Content";
  head.fields = {{"Content-Length", "0", http::FieldId::ContentLength}, {"X", "y"}};
  head.content_length = 0;
  std::string out;
  append_cgi_head(out, HeadForm::Http, request_of("HTTP/1.1"), head, Answer{});
  EXPECT_EQ(out, "HTTP/1.1 204 No Content\r\nX: y\r\n\r\n");
}

TEST(AppendCgiRejection, IsAWholeAnswer) {
  std::string out;
  append_cgi_rejection(out, HeadForm::Http, {413, "the body is too large"}, "");
  EXPECT_EQ(out,
            "HTTP/1.1 413 Content Too Large\r\nContent-Type: text/plain; charset=utf-8\r\n"
            "Content-Length: 22\r\nConnection: close\r\n\r\n413 Content Too Large\n");
}

TEST(AppendCgiRejection, AsksForPatienceIn503) {
  std::string out;
  append_cgi_rejection(out, HeadForm::Cgi, {503, "the queue is full"}, "");
  EXPECT_EQ(out,
            "Status: 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\n"
            "Content-Length: 24\r\nRetry-After: 1\r\n\r\n503 Service Unavailable\n");
}

TEST(AppendCgiRejection, ExplainsItselfWhereItShall) {
  std::string out;
  append_cgi_rejection(out, HeadForm::Http, {400, "x"}, "wrong door");
  EXPECT_TRUE(
      out.ends_with("Content-Length: 27\r\nConnection: close\r\n\r\n"
                    "400 Bad Request\nwrong door\n"))
      << out;
}

}  // namespace
}  // namespace penstock::proto
