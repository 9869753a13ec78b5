// SPDX-License-Identifier: MIT
#include "http/response.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace penstock::http {
namespace {

using testing::HasSubstr;

ResponseHead head_with(std::string_view status_line, Fields fields = {}) {
  ResponseHead head;
  head.status_line = status_line;
  head.fields = std::move(fields);
  return head;
}

std::string error_of(Fields fields) {
  ResponseHead head = head_with("200 OK", std::move(fields));
  const auto result = check_response_head(head);
  return result ? "" : result.error().what;
}

TEST(CheckResponseHead, ReadsTheStatus) {
  constexpr std::pair<std::string_view, int> kGood[] = {
      {"200 OK", 200},       {"404 Not Found", 404}, {"100 Continue", 100},
      {"599 x", 599},        {"204", 204},           {"204 ", 204},
      {"500 \xc3\xbc", 500}, {"200 a\tb", 200},      {"299 with: colon", 299}};
  for (const auto& [line, status] : kGood) {
    ResponseHead head = head_with(line);
    EXPECT_TRUE(check_response_head(head)) << line;
    EXPECT_EQ(head.status, status);
  }
}

TEST(CheckResponseHead, RefusesABadStatus) {
  for (const std::string_view line : {"", "2", "20", "20 OK", "2000 OK", "200OK", "OK", " 200 OK",
                                      "-20 x", "0x1 x", "099 x", "600 x", "999 x", "200 OK\r\nX: y",
                                      "200 a\nb", "200 a\rb", "200\tOK", "200 \x7f", "200 \x01"}) {
    ResponseHead head = head_with(line);
    EXPECT_FALSE(check_response_head(head)) << line;
  }
  ResponseHead head = head_with(std::string_view("200 a\0b", 7));
  ASSERT_FALSE(check_response_head(head));
  EXPECT_THAT(check_response_head(head).error().what, HasSubstr("\"200 a\\x00b\""));
}

TEST(CheckResponseHead, NotesWhatEncodersNeed) {
  ResponseHead head = head_with("200 OK", {{"date", "now"},
                                           {"Server", "me"},
                                           {"CONTENT-LENGTH", "12"},
                                           {"Set-Cookie", "a=b"},
                                           {"Set-Cookie", "c=d"}});
  ASSERT_TRUE(check_response_head(head));
  EXPECT_TRUE(head.has_date && head.has_server);
  EXPECT_FALSE(head.close);
  EXPECT_EQ(head.content_length, 12u);
  ASSERT_EQ(head.fields.size(), 5u);
  EXPECT_EQ(head.fields[2].id, FieldId::ContentLength);
  EXPECT_EQ(head.fields[4].value, "c=d");
}

TEST(CheckResponseHead, TakesConnectionOut) {
  ResponseHead head = head_with("200 OK", {{"A", "1"}, {"Connection", "Close"}, {"B", "2"}});
  ASSERT_TRUE(check_response_head(head));
  EXPECT_TRUE(head.close);
  ASSERT_EQ(head.fields.size(), 2u);
  EXPECT_EQ(head.fields[1].name, "B");
  ASSERT_TRUE(check_response_head(head)) << "a checked head stays good";
  EXPECT_TRUE(head.close);

  head = head_with("200 OK", {{"connection", "keep-alive"}});
  ASSERT_TRUE(check_response_head(head));
  EXPECT_FALSE(head.close);
  EXPECT_TRUE(head.fields.empty());

  head = head_with("200 OK", {{"connection", "keep-alive , CLOSE"}});
  ASSERT_TRUE(check_response_head(head));
  EXPECT_TRUE(head.close);
}

TEST(CheckResponseHead, RefusesHopByHopFields) {
  EXPECT_THAT(error_of({{"Connection", "upgrade"}}), HasSubstr("\"Connection\""));
  EXPECT_THAT(error_of({{"Connection", "X-Secret"}}), HasSubstr("only \"close\""));
  EXPECT_THAT(error_of({{"Connection", "close, X-Secret"}}), HasSubstr("only \"close\""));
  for (const std::string_view name :
       {"Transfer-Encoding", "Upgrade", "Keep-Alive", "TE", "Trailer", "Proxy-Connection"})
    EXPECT_THAT(error_of({{name, "x"}}), HasSubstr("hop-by-hop")) << name;
}

TEST(CheckResponseHead, RefusesFieldsThatWouldSplitTheResponse) {
  for (const std::string_view name : {"", "A B", "A:", "A\r\nB", "A\n", "\xc3\xbc", "A "})
    EXPECT_THAT(error_of({{name, "x"}}), HasSubstr("not a token")) << name;
  for (const std::string_view value : {"a\r\nB: c", "a\n", "\r", "\x7f", "a\x01"})
    EXPECT_THAT(error_of({{"A", value}}), HasSubstr("control byte")) << value;
  EXPECT_THAT(error_of({{"A", std::string_view("\0", 1)}}), HasSubstr("control byte"));
  EXPECT_THAT(error_of({{"A\r\nB", "x"}}), HasSubstr("\"A\\x0d\\x0aB\""));
  EXPECT_EQ(error_of({{"A", ""}, {"B", "\t \xff"}}), "");
}

TEST(CheckResponseHead, WantsOneNumericContentLength) {
  for (const std::string_view value :
       {"", "-1", "+1", " 1", "1 ", "0x1", "1, 1", "1.0", "18446744073709551616"})
    EXPECT_THAT(error_of({{"Content-Length", value}}), HasSubstr("not a number")) << value;
  EXPECT_THAT(error_of({{"Content-Length", "1"}, {"content-length", "2"}}),
              HasSubstr("two values"));

  ResponseHead head = head_with("200 OK", {{"Content-Length", "7"}, {"content-length", "7"}});
  ASSERT_TRUE(check_response_head(head));
  EXPECT_EQ(head.fields.size(), 1u);
  EXPECT_EQ(head.content_length, 7u);
}

TEST(ResponseHead, ResetGivesACleanObject) {
  ResponseHead head = head_with("404 x", {{"Connection", "close"}, {"Content-Length", "1"}});
  ASSERT_TRUE(check_response_head(head));
  head.reset();
  EXPECT_EQ(head.status, 200);
  EXPECT_TRUE(head.fields.empty() && head.status_line.empty());
  EXPECT_FALSE(head.close || head.content_length || head.has_date || head.has_server);
}

TEST(Status, KnowsWhichForbidABody) {
  for (const int status : {100, 101, 103, 199, 204, 304})
    EXPECT_TRUE(forbids_body(status)) << status;
  for (const int status : {200, 201, 203, 205, 303, 305, 400, 500, 599})
    EXPECT_FALSE(forbids_body(status)) << status;
}

TEST(Status, HasItsPhrase) {
  constexpr std::pair<int, std::string_view> kPhrases[] = {{100, "Continue"},
                                                           {200, "OK"},
                                                           {404, "Not Found"},
                                                           {413, "Content Too Large"},
                                                           {511, "Network Authentication Required"},
                                                           {431, "Request Header Fields Too Large"},
                                                           {299, "Unknown"},
                                                           {0, "Unknown"},
                                                           {1000, "Unknown"}};
  for (const auto& [status, phrase] : kPhrases)
    EXPECT_EQ(reason_phrase(status), phrase);
}

}  // namespace
}  // namespace penstock::http
