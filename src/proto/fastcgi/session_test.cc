// SPDX-License-Identifier: MIT
#include "proto/fastcgi/session.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "proto/fastcgi/record.h"
#include "proto/fastcgi/wire.h"

namespace penstock::proto::fastcgi {
namespace {

using namespace std::literals;

http::ResponseHead ok_head() {
  http::ResponseHead head;
  head.status_line = "200 OK";
  head.fields = {{"Content-Type", "text/plain"}};
  return head;
}

TEST(FastCgiSession, AnswersInRecords) {
  Played played({}, Transcript::Answers::Never);
  played.feed(Wire().get(0x0102, "/"));
  Session& session = played.session();
  http::Request request;
  request.keep_alive = true;
  std::string out;
  session.encode_continue(0x0102, out);
  session.encode_informational(0x0102, request, ok_head(), out);
  EXPECT_EQ(out, "");
  const Encoded encoded = session.encode_head(0x0102, request, ok_head(), Answer{}, out);
  EXPECT_EQ(encoded.framing, http::Framing::Chunked) << "the end is marked by the protocol";
  EXPECT_TRUE(encoded.keep_alive);
  session.begin_part(0x0102, encoded.framing, 3, out);
  out += "abc";
  session.end_part(0x0102, encoded.framing, 3, out);
  session.encode_end(0x0102, encoded.framing, out);
  EXPECT_EQ(out,
            Wire().record(kStdout, 0x0102, "Status: 200 OK\r\nContent-Type: text/plain\r\n\r\n")
                    .record(kStdout, 0x0102, "abc")
                    .record(kStdout, 0x0102, "")
                    .bytes() +
                end_record(0x0102, ProtocolStatus::RequestComplete));
  EXPECT_TRUE(session.idle());
  EXPECT_EQ(session.max_part(), 65535U);
}

TEST(FastCgiSession, KeepsTheConnectionAsThePeerAsked) {
  const auto session = make_session(Endpoints{}, Limits{});
  http::Request request;
  std::string out;
  EXPECT_FALSE(session->encode_head(1, request, ok_head(), Answer{}, out).keep_alive);
  request.keep_alive = true;
  Answer draining;
  draining.may_keep_alive = false;
  EXPECT_FALSE(session->encode_head(1, request, ok_head(), draining, out).keep_alive);
  Answer with_length;
  with_length.body_length = 3;
  EXPECT_EQ(session->encode_head(1, request, ok_head(), with_length, out).framing,
            http::Framing::Length);
}

TEST(FastCgiSession, SplitsAHeadThatNoRecordHolds) {
  const auto session = make_session(Endpoints{}, Limits{});
  http::ResponseHead head = ok_head();
  const std::string huge(70000, 'h');
  head.fields.push_back({"X-Huge", huge});
  std::string out = "before";
  session->encode_head(3, http::Request{}, head, Answer{}, out);
  const std::string text =
      "Status: 200 OK\r\nContent-Type: text/plain\r\nX-Huge: " + huge + "\r\n\r\n";
  EXPECT_EQ(out, "before" + Wire()
                                .record(kStdout, 3, std::string_view(text).substr(0, kMaxContent))
                                .record(kStdout, 3, std::string_view(text).substr(kMaxContent))
                                .bytes());
}

TEST(FastCgiSession, RejectsInRecords) {
  Played kept;
  kept.feed(Wire().begin(2));
  std::string out;
  kept.session().encode_rejection(2, {503, "full"}, "", out);
  const RecordHeader header = read_header(out);
  EXPECT_EQ(header.type, kStdout);
  EXPECT_EQ(header.id, 2);
  const std::string_view answer = std::string_view(out).substr(kHeaderSize, header.content);
  EXPECT_TRUE(answer.starts_with("Status: 503 Service Unavailable\r\n")) << answer;
  EXPECT_TRUE(contains(answer, "\r\nRetry-After: 1\r\n"));
  EXPECT_EQ(out.substr(kHeaderSize + header.content),
            Wire().record(kStdout, 2, "").bytes() + end_record(2, ProtocolStatus::RequestComplete));
  EXPECT_TRUE(kept.session().outlives_rejection(2));
  EXPECT_FALSE(kept.session().outlives_rejection(0));

  Played closing;
  closing.feed(Wire().begin(2, 0));
  EXPECT_FALSE(closing.session().outlives_rejection(2));
  out.clear();
  closing.session().encode_rejection(0, {408, "too slow"}, "", out);
  EXPECT_EQ(out, "") << "no request, no record";
}

TEST(FastCgiSession, CutsTheConnectionUnlessOthersNeedIt) {
  Played played({}, Transcript::Answers::Never);
  played.feed(Wire().get(1, "/"));
  std::string out;
  EXPECT_FALSE(played.session().encode_abort(1, out));
  EXPECT_EQ(out, "");
  played.feed(Wire().get(2, "/"));
  EXPECT_TRUE(played.session().encode_abort(1, out));
  EXPECT_EQ(out,
            Wire().record(kStdout, 1, "").bytes() + "\x01\x03\0\x01\0\x08\0\0\0\0\0\x01\0\0\0\0"s);

  out.clear();
  played.feed(Wire().abort(2));
  EXPECT_TRUE(played.session().encode_abort(2, out)) << "nobody waits for it";
  EXPECT_EQ(out,
            Wire().record(kStdout, 2, "").bytes() + end_record(2, ProtocolStatus::RequestComplete));

  Played closing({}, Transcript::Answers::Never);
  closing.feed(Wire().begin(1, 0).params(1, {{"REQUEST_METHOD", "GET"}, {"PATH_INFO", "/"}}));
  closing.feed(Wire().body(1, "").abort(1));
  EXPECT_FALSE(closing.session().encode_abort(1, out));
}

TEST(FastCgiSession, ReportsErrorsInRecordsOfTheirOwn) {
  Played played;
  std::string out;
  played.session().encode_report(3, "", out);
  EXPECT_EQ(out, "");
  played.session().encode_report(3, "oops\n", out);
  EXPECT_EQ(out, Wire().record(kStderr, 3, "oops\n").bytes());
}

TEST(FastCgiSession, CutsLongReportsWhereALineEnds) {
  const std::string first = std::string(700, 'a') + "\n" + std::string(322, 'b') + "\n";
  const std::string second = std::string(2000, 'c') + "\nthe last line\n";
  Played played;
  std::string out;
  played.session().encode_report(3, first + second, out);
  EXPECT_EQ(out, Wire()
                     .record(kStderr, 3, first)
                     .record(kStderr, 3, std::string(1024, 'c'))
                     .record(kStderr, 3, std::string(976, 'c') + "\nthe last line\n")
                     .bytes());
}

TEST(FastCgiSession, BeginsHeadsAsHttpWhereThatIsWanted) {
  const auto session = make_session(Endpoints{}, Limits{}, {}, HeadForm::Http);
  http::ResponseHead head;
  head.status_line = "404 Gone Fishing";
  ASSERT_TRUE(http::check_response_head(head));
  http::Request request;
  request.protocol = "HTTP/1.1";
  std::string out;
  session->encode_head(1, request, head, {.date = {}, .body_length = 3}, out);
  EXPECT_EQ(
      out,
      Wire().record(kStdout, 1, "HTTP/1.1 404 Gone Fishing\r\nContent-Length: 3\r\n\r\n").bytes());
  out.clear();
  session->encode_rejection(1, {413, "too large"}, {}, out);
  EXPECT_TRUE(out.substr(kHeaderSize).starts_with("HTTP/1.1 413 "));
}

}  // namespace
}  // namespace penstock::proto::fastcgi
