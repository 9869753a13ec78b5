// SPDX-License-Identifier: MIT
#include "proto/scgi/session.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "proto/scgi/head.h"
#include "proto/transcript.h"

namespace penstock::proto::scgi {
namespace {

using namespace std::literals;

using Variables = std::initializer_list<std::pair<std::string_view, std::string_view>>;

std::string content_of(Variables variables) {
  std::string content;
  for (const auto& [name, value] : variables)
    append_variable(content, name, value);
  return content;
}

std::string head_of(Variables variables) {
  return make_netstring(content_of(variables));
}

std::string play(std::string_view wire, std::size_t piece = SIZE_MAX, const Limits& limits = {}) {
  const auto session = make_session(Endpoints{}, limits);
  return play_in_pieces(*session, wire, piece);
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// The stock scgi_params of nginx: neither SCRIPT_NAME nor PATH_INFO.
std::string nginx_request() {
  return head_of({{"CONTENT_LENGTH", "7"},
                  {"REQUEST_METHOD", "POST"},
                  {"REQUEST_URI", "/scgi/a%20b?x=1"},
                  {"QUERY_STRING", "x=1"},
                  {"CONTENT_TYPE", "application/x-www-form-urlencoded"},
                  {"DOCUMENT_URI", "/scgi/a b"},
                  {"DOCUMENT_ROOT", "/usr/share/nginx/html"},
                  {"SCGI", "1"},
                  {"SERVER_PROTOCOL", "HTTP/1.1"},
                  {"REQUEST_SCHEME", "http"},
                  {"REMOTE_ADDR", "127.0.0.1"},
                  {"REMOTE_PORT", "39196"},
                  {"SERVER_PORT", "18431"},
                  {"SERVER_NAME", "example.test"},
                  {"HTTP_HOST", "127.0.0.1"},
                  {"HTTP_X_ODD", "yes"},
                  {"HTTP_CONTENT_LENGTH", "7"}}) +
         "a=1&b=2";
}

TEST(ScgiSession, ReadsWhatNginxSends) {
  EXPECT_EQ(play(nginx_request()),
            "0 head\n"
            "method=POST\ntarget=/scgi/a%20b?x=1\npath=/scgi/a b\nquery=x=1\nscript_name=\n"
            "protocol=HTTP/1.1\nscheme=http\nhost=127.0.0.1\nserver=example.test:18431\n"
            "remote=127.0.0.1:39196\nuser=\ntype=application/x-www-form-urlencoded\nlength=7\n"
            "head=false keep_alive=false continue=false chunked=false trusted=true version=1\n"
            "variables=17 packet=414\n"
            "field host (7): 127.0.0.1\nfield x-odd (0): yes\n"
            "variable DOCUMENT_URI=/scgi/a b\nvariable DOCUMENT_ROOT=/usr/share/nginx/html\n"
            "variable SCGI=1\nvariable REQUEST_SCHEME=http\n\n"
            "0 body a=1&b=2\n"
            "0 end\n"
            "0 close\n");
}

// lighttpd's mod_scgi puts SCGI last.
TEST(ScgiSession, ReadsWhatLighttpdSends) {
  const std::string said = play(head_of({{"CONTENT_LENGTH", "0"},
                                         {"QUERY_STRING", "x=1"},
                                         {"REQUEST_URI", "/scgi/a%20b?x=1"},
                                         {"SCRIPT_NAME", "/scgi"},
                                         {"PATH_INFO", "/a b"},
                                         {"REQUEST_METHOD", "GET"},
                                         {"SCGI", "1"}}));
  EXPECT_TRUE(contains(said, "path=/a b\nquery=x=1\nscript_name=/scgi\n")) << said;
}

// mod_proxy_scgi: the whole path in SCRIPT_NAME.
TEST(ScgiSession, ReadsWhatApacheSends) {
  const std::string said = play(head_of({{"CONTENT_LENGTH", "0"},
                                         {"SCGI", "1"},
                                         {"SCRIPT_FILENAME", "proxy:scgi://s/a%20b"},
                                         {"REQUEST_METHOD", "GET"},
                                         {"REQUEST_URI", "/scgi/a%20b"},
                                         {"SCRIPT_NAME", "/scgi/a b"}}));
  EXPECT_TRUE(contains(said, "path=/a b\nquery=\nscript_name=/scgi\n")) << said;
}

TEST(ScgiSession, SaysTheSameWhereverTheBytesAreCut) {
  const std::string wire = nginx_request();
  const std::string whole = play(wire);
  for (std::size_t cut = 0; cut <= wire.size(); ++cut) {
    const auto session = make_session(Endpoints{}, Limits{});
    Transcript transcript(*session);
    transcript.feed(std::string_view(wire).substr(0, cut));
    transcript.feed(std::string_view(wire).substr(cut));
    transcript.end();
    ASSERT_EQ(transcript.text(), whole) << cut;
  }
  EXPECT_EQ(play(wire, 1), whole);
}

TEST(ScgiSession, RefusesEveryTruncation) {
  const std::string wire = nginx_request();
  EXPECT_EQ(play(""), "0 close\n");
  for (std::size_t size = 1; size < wire.size(); ++size)
    ASSERT_TRUE(contains(play(wire.substr(0, size)), "0 reject 400 the peer closed in the middle"))
        << size;
}

TEST(ScgiSession, RefusesMalformedHeads) {
  struct Row {
    std::string wire;
    std::string_view said;
  };
  constexpr std::string_view kNoNetstring = "0 reject 400 an SCGI head that is no netstring\n";
  constexpr std::string_view kNotFirst =
      "0 reject 400 CONTENT_LENGTH is not the first SCGI variable\n";
  for (const Row& row :
       {Row{"x", kNoNetstring},
        {"10", "0 reject 400 the peer closed in the middle of a request head\n"},
        {"01:", kNoNetstring},
        {"3:a\0b;"s, kNoNetstring},
        {"3:a\0b,"s, "0 reject 400 an SCGI variable that does not end\n"},
        {"0:,", "0 reject 400 REQUEST_METHOD is missing\n"},
        {head_of({{"SCGI", "1"}, {"CONTENT_LENGTH", "0"}}), kNotFirst},
        {head_of({{"CONTENT_LENGTH", ""}, {"SCGI", "1"}}), kNotFirst},
        {head_of({{"CONTENT_LENGTH", "0"}, {"", "x"}}),
         "0 reject 400 an SCGI variable without a name\n"},
        {head_of({{"CONTENT_LENGTH", "0"}, {"SCGI", "1"}, {"CONTENT_LENGTH", "0"}}),
         "0 reject 400 CONTENT_LENGTH stands twice\n"},
        {head_of({{"CONTENT_LENGTH", "0"}, {"REQUEST_METHOD", "GET"}, {"PATH_INFO", "/"}}),
         "0 reject 400 the SCGI variable is not 1\n"},
        {head_of({{"CONTENT_LENGTH", "0"},
                  {"SCGI", "2"},
                  {"REQUEST_METHOD", "GET"},
                  {"PATH_INFO", "/"}}),
         "0 reject 400 the SCGI variable is not 1\n"},
        {head_of({{"CONTENT_LENGTH", "1x"},
                  {"SCGI", "1"},
                  {"REQUEST_METHOD", "GET"},
                  {"PATH_INFO", "/"}}),
         "0 reject 400 CONTENT_LENGTH is not a number\n"}})
    EXPECT_EQ(play(row.wire), row.said) << row.wire;
}

TEST(ScgiSession, HoldsEachLimitToTheByte) {
  const Variables put = {
      {"CONTENT_LENGTH", "5"}, {"SCGI", "1"}, {"REQUEST_METHOD", "PUT"}, {"PATH_INFO", "/"}};
  const std::string wire = head_of(put) + "12345";
  Limits limits;
  limits.head_bytes = content_of(put).size();
  limits.variables = 4;
  limits.body_bytes = 5;
  EXPECT_TRUE(contains(play(wire, SIZE_MAX, limits), "\n0 body 12345\n0 end\n"));
  Limits smaller = limits;
  --smaller.head_bytes;
  EXPECT_EQ(play(wire, SIZE_MAX, smaller),
            "0 reject 431 the SCGI head is larger than the limit allows\n");
  smaller = limits;
  --smaller.variables;
  EXPECT_EQ(play(wire, SIZE_MAX, smaller), "0 reject 431 more variables than the limit allows\n");
  smaller = limits;
  --smaller.body_bytes;
  EXPECT_EQ(play(wire, SIZE_MAX, smaller),
            "0 reject 413 the body is larger than the limit allows\n");
}

TEST(ScgiSession, TellsWhoSpeaksHttpOrTls) {
  for (const std::size_t piece : {std::size_t{1}, SIZE_MAX})
    EXPECT_EQ(play("GET / HTTP/1.1\r\n\r\n", piece),
              "0 reject 400 HTTP was spoken to an SCGI socket\n");
  EXPECT_EQ(play("\x16\x03\x01\x02\x00\x01"sv), "0 reject 400 TLS was spoken to an SCGI socket\n");
}

TEST(ScgiSession, AnswersAsHttpWhereThatIsWanted) {
  const auto session = make_session(Endpoints{}, Limits{}, HeadForm::Http);
  http::ResponseHead head;
  head.status_line = "200 OK";
  ASSERT_TRUE(http::check_response_head(head));
  http::Request request;
  request.protocol = "HTTP/1.0";
  std::string out;
  session->encode_head(0, request, head, {.date = {}, .body_length = 3}, out);
  EXPECT_EQ(out, "HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\n");
}

TEST(ScgiSession, AnswersAsCgi) {
  const auto session = make_session(Endpoints{}, Limits{});
  http::ResponseHead head;
  head.status = 404;
  head.status_line = "404 Not Found";
  Answer answer;
  answer.body_length = 3;
  std::string out;
  const Encoded encoded = session->encode_head(0, http::Request{}, head, answer, out);
  EXPECT_EQ(encoded.framing, http::Framing::Length);
  EXPECT_FALSE(encoded.keep_alive);
  EXPECT_EQ(out, "Status: 404 Not Found\r\nContent-Length: 3\r\n\r\n");

  out.clear();
  session->encode_rejection(0, {400, "told to the log"}, "", out);
  EXPECT_TRUE(out.starts_with("Status: 400 Bad Request\r\n")) << out;
  http::Request request;
  session->next("GET / HTTP/1.1\r\n\r\n", request);
  out.clear();
  session->encode_rejection(0, {400, "told to the person"}, "", out);
  EXPECT_TRUE(out.starts_with("HTTP/1.1 400 Bad Request\r\n")) << out;
  EXPECT_TRUE(out.ends_with("\ntold to the person\n")) << out;
}

}  // namespace
}  // namespace penstock::proto::scgi
