// SPDX-License-Identifier: MIT
#include "proto/uwsgi/session.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "proto/transcript.h"
#include "proto/uwsgi/packet.h"

namespace penstock::proto::uwsgi {
namespace {

using namespace std::literals;

using Variables = std::initializer_list<std::pair<std::string_view, std::string_view>>;

std::string block_of(Variables variables) {
  std::string block;
  for (const auto& [name, value] : variables)
    append_variable(block, name, value);
  return block;
}

std::string packet_of(Variables variables, std::uint8_t modifier1 = kRequest) {
  return make_packet(block_of(variables), modifier1);
}

/// What a new session says to bytes that come in pieces of `piece` bytes.
std::string play(std::string_view wire, std::size_t piece = SIZE_MAX, const Limits& limits = {}) {
  const auto session = make_session(Endpoints{}, limits);
  return play_in_pieces(*session, wire, piece);
}

std::string play_cut(std::string_view wire, std::size_t cut) {
  const auto session = make_session(Endpoints{}, Limits{});
  Transcript transcript(*session);
  transcript.feed(wire.substr(0, cut));
  transcript.feed(wire.substr(cut));
  transcript.end();
  return transcript.text();
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// The stock uwsgi_params of nginx and what it adds for one request.
std::string nginx_request() {
  return packet_of({{"QUERY_STRING", "x=1&y=%20"},
                    {"REQUEST_METHOD", "POST"},
                    {"CONTENT_TYPE", "application/x-www-form-urlencoded"},
                    {"CONTENT_LENGTH", "7"},
                    {"REQUEST_URI", "/stock/a%20b/c?x=1&y=%20"},
                    {"PATH_INFO", "/stock/a b/c"},
                    {"DOCUMENT_ROOT", "/usr/share/nginx/html"},
                    {"SERVER_PROTOCOL", "HTTP/1.1"},
                    {"REQUEST_SCHEME", "https"},
                    {"HTTPS", "on"},
                    {"REMOTE_ADDR", "192.0.2.7"},
                    {"REMOTE_PORT", "57450"},
                    {"SERVER_PORT", "443"},
                    {"SERVER_NAME", "example.test"},
                    {"HTTP_HOST", "example.test"},
                    {"HTTP_USER_AGENT", "curl/7.88.1"},
                    {"HTTP_ACCEPT", "*/*"},
                    {"HTTP_COOKIE", "a=1; b=2"},
                    {"HTTP_CONTENT_LENGTH", "7"},
                    {"HTTP_CONTENT_TYPE", "application/x-www-form-urlencoded"},
                    {"HTTP_X_ODD", "yes"}}) +
         "a=1&b=2";
}

TEST(UwsgiSession, ReadsWhatNginxSends) {
  EXPECT_EQ(play(nginx_request()),
            "0 head\n"
            "method=POST\ntarget=/stock/a%20b/c?x=1&y=%20\npath=/stock/a b/c\n"
            "query=x=1&y=%20\nscript_name=\nprotocol=HTTP/1.1\nscheme=https\nhost=example.test\n"
            "server=example.test:443\nremote=192.0.2.7:57450\nuser=\n"
            "type=application/x-www-form-urlencoded\nlength=7\n"
            "head=false keep_alive=false continue=false chunked=false trusted=true version=1\n"
            "variables=21 packet=558\n"
            "field host (7): example.test\nfield user-agent (0): curl/7.88.1\n"
            "field accept (0): */*\nfield cookie (4): a=1; b=2\nfield x-odd (0): yes\n"
            "variable DOCUMENT_ROOT=/usr/share/nginx/html\nvariable REQUEST_SCHEME=https\n"
            "variable HTTPS=on\n\n"
            "0 body a=1&b=2\n"
            "0 end\n"
            "0 close\n");
}

// mod_proxy_uwsgi: PATH_INFO first, the names of ap_add_common_vars and ap_add_cgi_vars behind it.
TEST(UwsgiSession, ReadsWhatApacheSends) {
  const std::string said = play(packet_of({{"PATH_INFO", "/a b"},
                                           {"HTTP_HOST", "127.0.0.1:18432"},
                                           {"HTTP_USER_AGENT", "curl/7.88.1"},
                                           {"HTTP_ACCEPT", "*/*"},
                                           {"PATH", "/usr/bin:/bin"},
                                           {"SERVER_SIGNATURE", "<address>Apache</address>\n"},
                                           {"SERVER_SOFTWARE", "Apache/2.4.62 (Debian)"},
                                           {"SERVER_NAME", "127.0.0.1"},
                                           {"SERVER_ADDR", "127.0.0.1"},
                                           {"SERVER_PORT", "18432"},
                                           {"REMOTE_ADDR", "127.0.0.1"},
                                           {"DOCUMENT_ROOT", "/var/www/html"},
                                           {"REQUEST_SCHEME", "http"},
                                           {"CONTEXT_PREFIX", ""},
                                           {"CONTEXT_DOCUMENT_ROOT", "/var/www/html"},
                                           {"SERVER_ADMIN", "[no address given]"},
                                           {"SCRIPT_FILENAME", "proxy:uwsgi://u/a b"},
                                           {"REMOTE_PORT", "40406"},
                                           {"GATEWAY_INTERFACE", "CGI/1.1"},
                                           {"SERVER_PROTOCOL", "HTTP/1.1"},
                                           {"REQUEST_METHOD", "GET"},
                                           {"QUERY_STRING", "x=1"},
                                           {"REQUEST_URI", "/mnt/a%20b?x=1"},
                                           {"SCRIPT_NAME", "/mnt"},
                                           {"HTTP_AUTHORIZATION", "Basic am9lOnB3"}}));
  EXPECT_TRUE(contains(said, "path=/a b\nquery=x=1\nscript_name=/mnt\n")) << said;
  EXPECT_TRUE(contains(said, "\nfield authorization (0): Basic am9lOnB3\n")) << said;
  EXPECT_TRUE(contains(said, "\nvariable SERVER_SIGNATURE=<address>Apache</address>\n")) << said;
  EXPECT_TRUE(contains(said, "\n0 end\n0 close\n")) << said;
}

TEST(UwsgiSession, SaysTheSameWhereverTheBytesAreCut) {
  const std::string wire = nginx_request();
  const std::string whole = play(wire);
  ASSERT_TRUE(contains(whole, "0 end"));
  for (std::size_t cut = 0; cut <= wire.size(); ++cut)
    ASSERT_EQ(play_cut(wire, cut), whole) << cut;
  EXPECT_EQ(play(wire, 1), whole);
}

TEST(UwsgiSession, RefusesEveryTruncation) {
  const std::string wire = nginx_request();
  EXPECT_EQ(play(""), "0 close\n");
  const std::size_t head = wire.size() - 7;
  for (std::size_t size = 1; size < head; ++size)
    ASSERT_EQ(play(wire.substr(0, size)),
              "0 reject 400 the peer closed in the middle of a request head\n")
        << size;
  for (std::size_t size = head; size < wire.size(); ++size)
    ASSERT_TRUE(play(wire.substr(0, size))
                    .ends_with("\n0 reject 400 the peer closed in the middle of a body\n"))
        << size;
}

TEST(UwsgiSession, IsIdleUntilTheFirstByte) {
  const auto session = make_session(Endpoints{}, Limits{});
  http::Request request;
  EXPECT_TRUE(session->idle());
  EXPECT_EQ(session->next("", request).kind, Event::Kind::NeedInput);
  EXPECT_TRUE(session->idle());
  EXPECT_EQ(session->next("\0"sv, request).kind, Event::Kind::NeedInput);
  EXPECT_FALSE(session->idle());
  EXPECT_FALSE(session->concurrent());
}

TEST(UwsgiSession, SaysHowMuchOfTheBodyIsStillToCome) {
  const auto session = make_session(Endpoints{}, Limits{});
  http::Request request;
  EXPECT_EQ(session->plain_body(), 0u);
  const std::string packet = nginx_request();
  EXPECT_EQ(session->next(packet, request).kind, Event::Kind::Head);
  EXPECT_EQ(session->plain_body(), 7u);
  EXPECT_EQ(session->next("abc", request).data, "abc");
  EXPECT_EQ(session->plain_body(), 4u);
  EXPECT_EQ(session->next("defg", request).data, "defg");
  EXPECT_EQ(session->plain_body(), 0u);
  EXPECT_EQ(session->next({}, request).kind, Event::Kind::End);
}

TEST(UwsgiSession, IgnoresWhatFollowsTheBody) {
  const std::string wire =
      packet_of({{"REQUEST_METHOD", "GET"}, {"PATH_INFO", "/"}, {"CONTENT_LENGTH", ""}});
  const std::string said = play(wire + "more");
  EXPECT_TRUE(said.ends_with("\n0 end\n0 close\n")) << said;
  EXPECT_FALSE(contains(said, "more"));
}

TEST(UwsgiSession, TakesTheScriptNameOffThePathForModifier30) {
  const Variables variables = {
      {"REQUEST_METHOD", "GET"}, {"SCRIPT_NAME", "/app"}, {"PATH_INFO", "/app/x"}};
  EXPECT_TRUE(contains(play(packet_of(variables, kRequestWithWholePath)), "\npath=/x\n"));
  EXPECT_TRUE(contains(play(packet_of(variables)), "\npath=/app/x\n"));
}

TEST(UwsgiSession, AnswersAPing) {
  EXPECT_EQ(play("\x64\0\0\0"sv), "0 reply \x64\0\0\x01\n"sv);
  EXPECT_EQ(play("\x64\0\0\0"sv, 1), "0 reply \x64\0\0\x01\n"sv);
}

TEST(UwsgiSession, RefusesOtherModifiersByNumber) {
  struct Row {
    std::string_view wire;
    std::string_view said;
  };
  for (const Row& row :
       {Row{"\x05\0\0\0"sv, "0 reject 501 uwsgi modifier 5 is not served here\n"},
        {"\x16\0\0\0"sv, "0 reject 501 uwsgi modifier 22 is not served here\n"},
        {"\x6f\xff\xff\0"sv, "0 reject 501 uwsgi modifier 111 is not served here\n"},
        {"\xad\0\0\0"sv, "0 reject 501 uwsgi modifier 173 is not served here\n"},
        {"\xc8\0\0\0"sv, "0 reject 501 uwsgi modifier 200 is not served here\n"},
        {"\xff\0\0\0"sv, "0 reject 501 uwsgi modifier 255 is not served here\n"}})
    EXPECT_EQ(play(row.wire), row.said);
}

TEST(UwsgiSession, TellsWhoSpeaksHttpOrTls) {
  for (const std::string_view line : {"GET / HTTP/1.1\r\n\r\n", "POST / HTTP/1.1\r\n\r\n",
                                      "HEAD / HTTP/1.1\r\n\r\n", "OPTIONS * HTTP/1.1\r\n\r\n"})
    for (const std::size_t piece : {std::size_t{1}, line.size()})
      EXPECT_EQ(play(line, piece), "0 reject 400 HTTP was spoken to a uwsgi socket\n") << line;
  EXPECT_EQ(play("\x16\x03\x01\x02\x00\x01"sv), "0 reject 400 TLS was spoken to a uwsgi socket\n");
}

TEST(UwsgiSession, RefusesMalformedPackets) {
  struct Row {
    std::string wire;
    std::string_view said;
  };
  const std::string good = block_of({{"REQUEST_METHOD", "GET"}, {"PATH_INFO", "/"}});
  for (const Row& row :
       {Row{"\0\0\0\0"s, "0 reject 400 a uwsgi packet without variables\n"},
        {make_packet(good + "\0"s),
         "0 reject 400 a length in the uwsgi block reaches beyond its end\n"},
        {make_packet(good + "\0\0\0\0"s),
         "0 reject 400 a variable without a name in the uwsgi block\n"},
        {make_packet(good + "\x02\0A\0\0"s),
         "0 reject 400 a length in the uwsgi block reaches beyond its end\n"},
        {packet_of({{"PATH_INFO", "/"}}), "0 reject 400 REQUEST_METHOD is missing\n"},
        {packet_of({{"REQUEST_METHOD", "GET"}}),
         "0 reject 400 neither PATH_INFO nor REQUEST_URI was sent\n"},
        {packet_of({{"REQUEST_METHOD", "POST"}, {"PATH_INFO", "/"}, {"CONTENT_LENGTH", "x"}}),
         "0 reject 400 CONTENT_LENGTH is not a number\n"}})
    EXPECT_EQ(play(row.wire), row.said);
}

TEST(UwsgiSession, HoldsEachLimitToTheByte) {
  const std::string block =
      block_of({{"REQUEST_METHOD", "PUT"}, {"PATH_INFO", "/"}, {"CONTENT_LENGTH", "5"}});
  const std::string wire = make_packet(block) + "12345";
  Limits limits;
  limits.head_bytes = block.size();
  limits.variables = 3;
  limits.body_bytes = 5;
  EXPECT_TRUE(contains(play(wire, SIZE_MAX, limits), "\n0 body 12345\n0 end\n"));

  Limits smaller = limits;
  smaller.head_bytes = block.size() - 1;
  EXPECT_EQ(play(wire, SIZE_MAX, smaller),
            "0 reject 431 the uwsgi block is larger than the limit allows\n");
  smaller = limits;
  smaller.variables = 2;
  EXPECT_EQ(play(wire, SIZE_MAX, smaller), "0 reject 431 more variables than the limit allows\n");
  smaller = limits;
  smaller.body_bytes = 4;
  EXPECT_EQ(play(wire, SIZE_MAX, smaller),
            "0 reject 413 the body is larger than the limit allows\n");
}

TEST(UwsgiSession, RefusesAnOversizeBlockBeforeItArrives) {
  Limits limits;
  limits.head_bytes = 100;
  const auto session = make_session(Endpoints{}, limits);
  http::Request request;
  const Event event = session->next("\0\x65\0\0"sv, request);
  EXPECT_EQ(event.kind, Event::Kind::Reject);
  EXPECT_EQ(event.rejection.status, 431);
}

TEST(UwsgiSession, TakesBlocksAsLargeAsThePacketAllows) {
  std::string block =
      block_of({{"REQUEST_METHOD", "GET"}, {"PATH_INFO", "/"}, {"SERVER_PROTOCOL", "HTTP/1.1"}});
  std::uint32_t variables = 3;
  for (; variables < 1503; ++variables)
    append_variable(block, "HTTP_X_NUMBER_" + std::to_string(variables), "value");
  append_variable(block, "LAST", std::string(kMaxBlock - block.size() - 8, 'x'));
  ASSERT_EQ(block.size(), kMaxBlock);
  const std::string said = play(make_packet(block), 9000);
  EXPECT_TRUE(contains(said, "variables=1504 packet=65535\n"));
  EXPECT_TRUE(contains(said, "\nfield x-number-3 (0): value\n"));
  EXPECT_TRUE(contains(said, "\nfield x-number-1502 (0): value\n"));
  EXPECT_TRUE(said.ends_with("\n0 end\n0 close\n"));
}

TEST(UwsgiSession, GivesABodyAsItComes) {
  const auto session = make_session(Endpoints{}, Limits{});
  http::Request request;
  const std::string head =
      packet_of({{"REQUEST_METHOD", "PUT"}, {"PATH_INFO", "/"}, {"CONTENT_LENGTH", "6"}});
  EXPECT_EQ(session->next(head, request).consumed, head.size());
  EXPECT_EQ(session->next("", request).kind, Event::Kind::NeedInput);
  Event event = session->next("abcd", request);
  EXPECT_EQ(event.kind, Event::Kind::Body);
  EXPECT_EQ(event.data, "abcd");
  event = session->next("efgh", request);
  EXPECT_EQ(event.data, "ef");
  EXPECT_EQ(event.consumed, 2U);
  EXPECT_EQ(session->next("gh", request).kind, Event::Kind::End);
}

TEST(UwsgiSession, AnswersAsHttpAndCloses) {
  const auto session = make_session(Endpoints{}, Limits{});
  http::Request request;
  request.protocol = "HTTP/1.1";
  http::ResponseHead head;
  head.status_line = "200 OK";
  std::string out;
  session->encode_continue(0, out);
  session->encode_informational(0, request, head, out);
  EXPECT_EQ(out, "");
  const Encoded encoded = session->encode_head(0, request, head, Answer{}, out);
  EXPECT_EQ(encoded.framing, http::Framing::UntilClose);
  EXPECT_FALSE(encoded.keep_alive);
  session->begin_part(0, encoded.framing, 3, out);
  out += "abc";
  session->end_part(0, encoded.framing, 3, out);
  session->encode_end(0, encoded.framing, out);
  EXPECT_EQ(out, "HTTP/1.1 200 OK\r\n\r\nabc");
}

TEST(UwsgiSession, RejectsWithoutWordsUnlessAPersonAsks) {
  const auto session = make_session(Endpoints{}, Limits{});
  std::string out;
  session->encode_rejection(0, {400, "told to the log"}, "", out);
  EXPECT_TRUE(out.ends_with("\r\n\r\n400 Bad Request\n")) << out;

  http::Request request;
  const Event event = session->next("GET / HTTP/1.1\r\n\r\n", request);
  out.clear();
  session->encode_rejection(0, event.rejection, "", out);
  EXPECT_TRUE(out.starts_with("HTTP/1.1 400 Bad Request\r\n")) << out;
  EXPECT_TRUE(out.ends_with("\r\n\r\n400 Bad Request\nHTTP was spoken to a uwsgi socket\n")) << out;
}

}  // namespace
}  // namespace penstock::proto::uwsgi
