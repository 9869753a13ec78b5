// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "proto/fastcgi/record.h"
#include "proto/fastcgi/session.h"
#include "proto/fastcgi/streams.h"
#include "proto/fastcgi/wire.h"

namespace penstock::proto::fastcgi {
namespace {

using namespace std::literals;

std::string play(std::string_view wire, std::size_t piece = SIZE_MAX, const Limits& limits = {}) {
  const auto session = make_session(Endpoints{}, limits);
  return play_in_pieces(*session, wire, piece);
}
std::string play(const Wire& wire, const Limits& limits = {}) {
  return play(wire.bytes(), SIZE_MAX, limits);
}

// nginx with the stock fastcgi_params: padded to eight bytes, no PATH_INFO.
Wire nginx_request(std::uint8_t flags) {
  return Wire()
      .begin(1, flags)
      .record(kParams, 1,
              pairs_of({{"QUERY_STRING", "x=1"},
                        {"REQUEST_METHOD", "POST"},
                        {"CONTENT_TYPE", "application/x-www-form-urlencoded"},
                        {"CONTENT_LENGTH", "7"},
                        {"SCRIPT_NAME", "/fkeep/a b"},
                        {"REQUEST_URI", "/fkeep/a%20b?x=1"},
                        {"DOCUMENT_URI", "/fkeep/a b"},
                        {"DOCUMENT_ROOT", "/usr/share/nginx/html"},
                        {"SERVER_PROTOCOL", "HTTP/1.1"},
                        {"REQUEST_SCHEME", "http"},
                        {"GATEWAY_INTERFACE", "CGI/1.1"},
                        {"SERVER_SOFTWARE", "nginx/1.22.1"},
                        {"REMOTE_ADDR", "127.0.0.1"},
                        {"REMOTE_PORT", "39162"},
                        {"REMOTE_USER", ""},
                        {"SERVER_ADDR", "127.0.0.1"},
                        {"SERVER_PORT", "18431"},
                        {"SERVER_NAME", "example.test"},
                        {"REDIRECT_STATUS", "200"},
                        {"HTTP_HOST", "127.0.0.1"},
                        {"HTTP_USER_AGENT", "curl/7.88.1"},
                        {"HTTP_ACCEPT", "*/*"},
                        {"HTTP_X_ODD", "yes"},
                        {"HTTP_CONTENT_LENGTH", "7"}}),
              5)
      .record(kParams, 1, "")
      .record(kStdin, 1, "a=1&b=2", 1)
      .record(kStdin, 1, "");
}

TEST(FastCgiSession, ReadsWhatNginxSends) {
  EXPECT_EQ(play(nginx_request(kKeepConnection)),
            "1 head\n"
            "method=POST\ntarget=/fkeep/a%20b?x=1\npath=/fkeep/a b\nquery=x=1\nscript_name=\n"
            "protocol=HTTP/1.1\nscheme=http\nhost=127.0.0.1\nserver=example.test:18431\n"
            "remote=127.0.0.1:39162\nuser=\ntype=application/x-www-form-urlencoded\nlength=7\n"
            "head=false keep_alive=true continue=false chunked=false trusted=true version=1\n"
            "variables=24 packet=600\n"
            "field host (7): 127.0.0.1\nfield user-agent (0): curl/7.88.1\n"
            "field accept (0): */*\nfield x-odd (0): yes\n"
            "variable DOCUMENT_URI=/fkeep/a b\nvariable DOCUMENT_ROOT=/usr/share/nginx/html\n"
            "variable REQUEST_SCHEME=http\nvariable GATEWAY_INTERFACE=CGI/1.1\n"
            "variable SERVER_SOFTWARE=nginx/1.22.1\nvariable SERVER_ADDR=127.0.0.1\n"
            "variable REDIRECT_STATUS=200\n\n"
            "1 body a=1&b=2\n"
            "1 end\n"
            "0 close\n");
}

// PATH_INFO and SCRIPT_FILENAME both $fastcgi_script_name, neither SCRIPT_NAME nor REQUEST_URI.
TEST(FastCgiSession, ReadsParametersWithoutAnAddress) {
  const std::string said = play(Wire()
                                    .begin(1, 0)
                                    .params(1, {{"REQUEST_METHOD", "GET"},
                                                {"QUERY_STRING", "x=1"},
                                                {"CONTENT_TYPE", ""},
                                                {"CONTENT_LENGTH", ""},
                                                {"SERVER_NAME", "example.test"},
                                                {"SERVER_PROTOCOL", "HTTP/1.1"},
                                                {"SCRIPT_FILENAME", "/hello you"},
                                                {"PATH_INFO", "/hello you"},
                                                {"HTTP_HOST", "example.test:81"}})
                                    .body(1, ""));
  EXPECT_TRUE(contains(said,
                       "target=/hello%20you?x=1\npath=/hello you\nquery=x=1\n"
                       "script_name=\n"))
      << said;
  EXPECT_TRUE(contains(said, "keep_alive=false continue=false chunked=false")) << said;
}

// mod_proxy_fcgi: the whole path in SCRIPT_NAME, what ProxyPass left of it in SCRIPT_FILENAME.
TEST(FastCgiSession, ReadsWhatApacheSends) {
  const std::string said = play(Wire()
                                    .begin(1, 0)
                                    .params(1, {{"REQUEST_METHOD", "GET"},
                                                {"SCRIPT_FILENAME", "proxy:fcgi://f/a%20b"},
                                                {"QUERY_STRING", "x=1"},
                                                {"REQUEST_URI", "/fcgi/a%20b?x=1"},
                                                {"SCRIPT_NAME", "/fcgi/a b"}})
                                    .body(1, ""));
  EXPECT_TRUE(contains(said, "path=/a b\nquery=x=1\nscript_name=/fcgi\n")) << said;
}

TEST(FastCgiSession, SaysTheSameWhereverTheBytesAreCut) {
  const std::string wire = nginx_request(kKeepConnection).get(2, "/second").bytes();
  const std::string whole = play(wire);
  ASSERT_TRUE(contains(whole, "\n2 end\n0 close\n"));
  for (std::size_t cut = 0; cut <= wire.size(); ++cut) {
    Played played;
    played.feed(std::string_view(wire).substr(0, cut));
    played.feed(std::string_view(wire).substr(cut));
    ASSERT_EQ(played.end().text(), whole) << cut;
  }
  EXPECT_EQ(play(wire, 1), whole);
}

TEST(FastCgiSession, TakesParametersInRecordsOfAnySize) {
  const std::string pairs = pairs_of({{"REQUEST_METHOD", "GET"},
                                      {"PATH_INFO", "/"},
                                      {"HTTP_COOKIE", std::string(300, 'c')},
                                      {std::string(200, 'N'), "long"}});
  const auto in_records_of = [&](std::size_t size) {
    Wire wire;
    wire.begin(9);
    for (std::size_t at = 0; at < pairs.size(); at += size)
      wire.record(kParams, 9, std::string_view(pairs).substr(at, size), at % 5 == 0 ? 3 : 0);
    return play(wire.record(kParams, 9, "").body(9, ""));
  };
  const std::string whole = in_records_of(pairs.size());
  ASSERT_TRUE(contains(whole, "\n9 end\n"));
  for (std::size_t size = 1; size < pairs.size(); ++size)
    ASSERT_EQ(in_records_of(size), whole) << size;
}

TEST(FastCgiSession, RefusesEveryTruncation) {
  const std::string wire = nginx_request(kKeepConnection).bytes();
  EXPECT_EQ(play(""), "0 close\n");
  for (std::size_t size = 1; size < wire.size(); ++size) {
    const std::string said = play(wire.substr(0, size));
    ASSERT_TRUE(said.ends_with("reject 400 the peer closed in the middle of a request\n")) << size;
    // From the begin on there is a request to answer.
    ASSERT_EQ(said.find("0 reject") == std::string::npos, size >= kHeaderSize + kBeginSize) << size;
  }
}

TEST(FastCgiSession, ServesOneRequestAfterTheOther) {
  EXPECT_EQ(play(Wire().get(1, "/a").get(1, "/b").get(2, "/c")),
            play(Wire().get(1, "/a").bytes(), 1).substr(0, play(Wire().get(1, "/a")).size() - 8) +
                play(Wire().get(1, "/b")).substr(0, play(Wire().get(1, "/b")).size() - 8) +
                play(Wire().get(2, "/c")));
}

TEST(FastCgiSession, ServesMixedRequests) {
  const Pairs put = {{"REQUEST_METHOD", "PUT"}, {"PATH_INFO", "/"}, {"CONTENT_LENGTH", "4"}};
  const std::string pairs = pairs_of(put);
  Played played;
  played.feed(Wire()
                  .begin(1)
                  .begin(2)
                  .record(kParams, 2, pairs.substr(0, 10))
                  .record(kParams, 1, pairs)
                  .record(kParams, 2, pairs.substr(10))
                  .record(kParams, 2, "")
                  .record(kParams, 1, "")
                  .record(kStdin, 1, "ab")
                  .record(kStdin, 2, "AB")
                  .record(kStdin, 2, "CD")
                  .record(kStdin, 1, "cd")
                  .record(kStdin, 1, "")
                  .record(kStdin, 2, ""));
  const std::string& said = played.text();
  EXPECT_TRUE(said.starts_with("1 head\nmethod=PUT\n")) << said;
  EXPECT_TRUE(contains(said, "\n1 body ab\n2 head\nmethod=PUT\n")) << said;
  EXPECT_TRUE(said.ends_with("\n2 body ABCD\n1 body cd\n1 end\n2 end\n")) << said;
  EXPECT_TRUE(played.session().concurrent());
}

TEST(FastCgiSession, GivesABodyOfUnknownLength) {
  const Pairs put = {{"REQUEST_METHOD", "PUT"}, {"PATH_INFO", "/"}};
  const std::string said = play(Wire().begin(1).params(1, put).body(1, "abc"));
  EXPECT_TRUE(contains(said, "chunked=true")) << said;
  EXPECT_TRUE(contains(said, "\n1 body abc\n1 end\n")) << said;
  EXPECT_TRUE(contains(play(Wire().begin(1).params(1, put).body(1, "")), "chunked=false"));
}

TEST(FastCgiSession, HoldsTheBodyToItsLength) {
  const auto with_body = [](std::string_view length, std::string_view body) {
    const std::string said = play(
        Wire()
            .begin(1)
            .params(1, {{"REQUEST_METHOD", "PUT"}, {"PATH_INFO", "/"}, {"CONTENT_LENGTH", length}})
            .body(1, body));
    return said.substr(said.find("\n\n") + 2);
  };
  EXPECT_EQ(with_body("3", "abc"), "1 body abc\n1 end\n0 close\n");
  EXPECT_EQ(
      with_body("4", "abc"),
      "1 body abc\n1 reject 400 the body is shorter than CONTENT_LENGTH (goes on)\n0 close\n");
  EXPECT_EQ(with_body("2", "abc"),
            "1 reject 400 the body is longer than CONTENT_LENGTH (goes on)\n0 close\n");
  EXPECT_EQ(with_body("1", ""),
            "1 reject 400 the body is shorter than CONTENT_LENGTH (goes on)\n0 close\n");
}

TEST(FastCgiSession, SaysWhichRequestsHaveBegun) {
  const auto session = make_session(Endpoints{}, Limits{});
  http::Request request;
  const std::string wire = Wire().begin(7).begin(3).bytes();
  const Event first = session->next(wire, request);
  EXPECT_EQ(first.kind, Event::Kind::Begin);
  EXPECT_EQ(first.stream, 7U);
  const Event second = session->next(std::string_view(wire).substr(first.consumed), request);
  EXPECT_EQ(second.kind, Event::Kind::Begin);
  EXPECT_EQ(second.stream, 3U);
  EXPECT_EQ(first.consumed + second.consumed, wire.size());
}

TEST(FastCgiSession, TellsItsCapacity) {
  const std::string all =
      pairs_of({{"FCGI_MAX_CONNS", ""}, {"FCGI_MAX_REQS", ""}, {"FCGI_MPXS_CONNS", ""}, {"X", ""}});
  const std::string values =
      pairs_of({{"FCGI_MAX_CONNS", "10"}, {"FCGI_MAX_REQS", "20"}, {"FCGI_MPXS_CONNS", "1"}});
  const auto session = make_session(Endpoints{}, Limits{}, {.connections = 10, .requests = 20});
  http::Request request;
  const std::string wire = Wire().record(kGetValues, 0, all, 3).bytes();
  const Event event = session->next(wire, request);
  EXPECT_EQ(event.kind, Event::Kind::Reply);
  EXPECT_TRUE(event.goes_on);
  EXPECT_EQ(event.data, Wire().record(kGetValuesResult, 0, values).bytes());
  EXPECT_EQ(event.consumed, wire.size() - 3) << "the padding comes next";

  EXPECT_EQ(play(Wire().record(kGetValues, 0, pairs_of({{"OTHER", ""}}))),
            "0 reply \x01\x0a\0\0\0\0\0\0 (goes on)\n0 close\n"sv);
  EXPECT_EQ(play(Wire().record(kGetValues, 0, "\x05")),
            "0 reject 400 a length among the FastCGI parameters reaches beyond their end\n");
}

TEST(FastCgiSession, NamesRecordsThatItDoesNotKnow) {
  EXPECT_EQ(
      play(Wire().record(99, 0, "whatever", 2).get(1, "/")),
      "0 reply \x01\x0b\0\0\0\x08\0\0\x63\0\0\0\0\0\0\0 (goes on)\n"s + play(Wire().get(1, "/")));
}

TEST(FastCgiSession, RefusesOtherRoles) {
  for (const std::uint16_t role : {kAuthorizer, kFilter, std::uint16_t{0}, std::uint16_t{0x101}}) {
    EXPECT_EQ(play(Wire().begin(5, kKeepConnection, role).record(kParams, 5, "xx")),
              "5 reply " + end_record(5, ProtocolStatus::UnknownRole) + " (goes on)\n0 close\n");
    EXPECT_EQ(play(Wire().begin(5, 0, role)),
              "5 reply " + end_record(5, ProtocolStatus::UnknownRole) + "\n");
  }
}

TEST(FastCgiSession, TakesNoSecondRequestWhereTheConnectionEndsWithTheFirst) {
  Played closing({}, Transcript::Answers::Never);
  closing.feed(Wire().begin(1, 0).begin(2));
  EXPECT_EQ(closing.text(),
            "2 reply " + end_record(2, ProtocolStatus::CantMultiplex) + " (goes on)\n");
  Played kept({}, Transcript::Answers::Never);
  kept.feed(Wire().begin(1).begin(2, 0));
  EXPECT_EQ(kept.text(),
            "2 reply " + end_record(2, ProtocolStatus::CantMultiplex) + " (goes on)\n");
}

TEST(FastCgiSession, TakesSoManyRequestsAtOnceAndNoMore) {
  Wire wire;
  for (std::uint16_t id = 1; id <= kMaxStreams; ++id)
    wire.begin(id);
  Played played({}, Transcript::Answers::Never);
  played.feed(wire);
  EXPECT_EQ(played.text(), "");
  played.feed(Wire().begin(500));
  EXPECT_EQ(played.text(),
            "500 reply " + end_record(500, ProtocolStatus::Overloaded) + " (goes on)\n");

  std::string out;
  played.session().encode_end(7, http::Framing::None, out);
  played.feed(Wire().begin(501));
  EXPECT_FALSE(contains(played.text(), "501")) << "there is room again";
}

TEST(FastCgiSession, RefusesAnIdThatIsInUse) {
  EXPECT_EQ(play(Wire().begin(1).begin(1)), "0 reject 400 a FastCGI request id is in use\n");
  Played running({}, Transcript::Answers::Never);
  running.feed(Wire().get(1, "/").begin(1));
  EXPECT_TRUE(running.text().ends_with("\n1 end\n0 reject 400 a FastCGI request id is in use\n"));
}

TEST(FastCgiSession, LetsTheServerAnswerBeforeTheRequestIsWhole) {
  Played played;
  played.feed(Wire().begin(1).record(kParams, 1, "ab"));
  std::string out;
  played.session().encode_rejection(1, {408, "too slow"}, "", out);
  played.feed(Wire().record(kParams, 1, "cd").record(kStdin, 1, "late").get(1, "/again"));
  EXPECT_EQ(played.text(), play(Wire().get(1, "/again")).substr(0, played.text().size()));
  EXPECT_TRUE(played.text().ends_with("\n1 end\n"));
}

TEST(FastCgiSession, AnswersAnAbortBeforeTheServerKnows) {
  EXPECT_EQ(play(Wire().begin(3).record(kParams, 3, "ab").abort(3)),
            "3 reply " + end_record(3, ProtocolStatus::RequestComplete) + " (goes on)\n0 close\n");
  EXPECT_EQ(play(Wire().begin(3, 0).abort(3)),
            "3 reply " + end_record(3, ProtocolStatus::RequestComplete) + "\n");
}

TEST(FastCgiSession, PassesAnAbortOn) {
  const Pairs put = {{"REQUEST_METHOD", "PUT"}, {"PATH_INFO", "/"}, {"CONTENT_LENGTH", "4"}};
  Played receiving;
  receiving.feed(Wire().begin(1).params(1, put).record(kStdin, 1, "ab").abort(1));
  EXPECT_TRUE(receiving.text().ends_with("\n1 body ab\n1 cancel\n")) << receiving.text();
  receiving.feed(Wire().record(kStdin, 1, "cd").get(1, "/"));
  EXPECT_TRUE(receiving.text().ends_with("\n1 end\n")) << "the id is free again";

  Played running({}, Transcript::Answers::Never);
  running.feed(Wire().get(1, "/").abort(1));
  EXPECT_TRUE(running.text().ends_with("\n1 end\n1 cancel\n")) << running.text();

  Played answered;
  answered.feed(Wire().get(1, "/").abort(1).abort(8));
  EXPECT_TRUE(answered.text().ends_with("\n1 end\n")) << answered.text();
}

TEST(FastCgiSession, PassesOverRecordsOfOtherRequests) {
  EXPECT_EQ(play(Wire()
                     .record(kParams, 4, "ab", 1)
                     .record(kStdin, 4, "", 1)
                     .record(kData, 1, "file")
                     .record(77, 1, "odd")
                     .get(1, "/")),
            play(Wire().get(1, "/")));
}

TEST(FastCgiSession, RefusesBrokenRequestsAlone) {
  struct Row {
    Wire wire;
    std::string_view said;
  };
  const Pairs get = {{"REQUEST_METHOD", "GET"}, {"PATH_INFO", "/"}};
  for (const Row& row :
       {Row{Wire().begin(1).record(kStdin, 1, "x"),
            "1 reject 400 FCGI_STDIN before the end of FCGI_PARAMS (goes on)\n"},
        {Wire().begin(1).record(kStdin, 1, ""),
         "1 reject 400 FCGI_STDIN before the end of FCGI_PARAMS (goes on)\n"},
        {Wire().begin(1).params(1, get).record(kParams, 1, "x"),
         "1 reject 400 FCGI_PARAMS after their end (goes on)\n"},
        {Wire().begin(1).record(kParams, 1, "\x05").record(kParams, 1, "").body(1, ""),
         "1 reject 400 a length among the FastCGI parameters reaches beyond their end (goes on)\n"},
        {Wire().begin(1).params(1, {{"", "x"}}).body(1, ""),
         "1 reject 400 a FastCGI parameter without a name (goes on)\n"},
        {Wire().begin(1).record(kParams, 1, "").body(1, ""),
         "1 reject 400 REQUEST_METHOD is missing (goes on)\n"},
        {Wire().begin(1, 0).record(kParams, 1, "").body(1, ""),
         "1 reject 400 REQUEST_METHOD is missing\n"}}) {
    const std::string said = play(row.wire);
    EXPECT_TRUE(said.starts_with(row.said)) << said;
    if (!contains(row.said, "goes on")) continue;
    Wire more = row.wire;
    EXPECT_EQ(play(more.get(2, "/")), std::string(row.said) + play(Wire().get(2, "/")));
  }
}

TEST(FastCgiSession, RefusesWhatIsNotFastCgi) {
  EXPECT_EQ(play("\x02\x01\0\x01\0\x08\0\0"sv),
            "0 reject 400 a record that is not of FastCGI version 1\n");
  EXPECT_EQ(play(Wire().get(1, "/").bytes() + "GET / HTTP/1.1\r\n\r\n"),
            play(Wire().get(1, "/")).substr(0, play(Wire().get(1, "/")).size() - 8) +
                "0 reject 400 a record that is not of FastCGI version 1\n");
  EXPECT_EQ(play(Wire().record(kBeginRequest, 1, "short")),
            "0 reject 400 a FCGI_BEGIN_REQUEST of the wrong size\n");
  EXPECT_EQ(play(Wire().record(kGetValues, 0, std::string(1025, 'x'))),
            "0 reject 400 a FastCGI record is larger than its kind may be\n");
}

TEST(FastCgiSession, TellsWhoSpeaksHttpOrTls) {
  for (const std::size_t piece : {std::size_t{1}, std::size_t{100}})
    EXPECT_EQ(play("GET / HTTP/1.1\r\n\r\n", piece),
              "0 reject 400 HTTP was spoken to a FastCGI socket\n");
  EXPECT_EQ(play("\x16\x03\x01\x02\x00\x01"sv),
            "0 reject 400 TLS was spoken to a FastCGI socket\n");
  const auto session = make_session(Endpoints{}, Limits{});
  http::Request request;
  const Event event = session->next("GET / HTTP/1.1\r\n\r\n", request);
  std::string out;
  session->encode_rejection(event.stream, event.rejection, "", out);
  EXPECT_TRUE(out.starts_with("HTTP/1.1 400 Bad Request\r\n")) << out;
  EXPECT_TRUE(out.ends_with("\nHTTP was spoken to a FastCGI socket\n")) << out;
}

TEST(FastCgiSession, HoldsEachLimitToTheByte) {
  const Pairs put = {{"REQUEST_METHOD", "PUT"}, {"PATH_INFO", "/"}, {"HTTP_A", "b"}};
  const Wire wire = Wire().begin(1).params(1, put).body(1, "12345");
  Limits limits;
  limits.head_bytes = pairs_of(put).size();
  limits.variables = 3;
  limits.body_bytes = 5;
  EXPECT_TRUE(contains(play(wire, limits), "\n1 body 12345\n1 end\n"));

  Limits smaller = limits;
  --smaller.head_bytes;
  const auto refusal = [&](const Limits& limits_to_break) {
    const std::string said = play(wire, limits_to_break);
    const std::size_t at = said.find("1 reject ");
    return at == std::string::npos ? said : said.substr(at, said.find('\n', at) - at);
  };
  EXPECT_EQ(refusal(smaller),
            "1 reject 431 the FastCGI parameters are larger than the limit allows (goes on)");
  smaller = limits;
  smaller.variables = 2;
  EXPECT_EQ(refusal(smaller), "1 reject 431 more variables than the limit allows (goes on)");
  smaller = limits;
  smaller.body_bytes = 4;
  EXPECT_EQ(refusal(smaller), "1 reject 413 the body is larger than the limit allows (goes on)");
}

TEST(FastCgiSession, HoldsAllIncompleteRequestsTogether) {
  Limits limits;
  limits.head_bytes = 100;
  Played played(limits);
  const std::string full(100, 'x');
  for (std::uint16_t id = 1; id <= 4; ++id)
    played.feed(Wire().begin(id).record(kParams, id, full));
  EXPECT_EQ(played.text(), "");
  played.feed(Wire().begin(5).record(kParams, 5, "x"));
  EXPECT_EQ(played.text(),
            "5 reject 503 too many incomplete requests on one connection (goes on)\n");
}

TEST(FastCgiSession, IsIdleBetweenRequests) {
  Played played({}, Transcript::Answers::Never);
  EXPECT_TRUE(played.session().idle());
  played.feed("\x01");
  EXPECT_FALSE(played.session().idle());
  played.feed(std::string_view(Wire().get(1, "/").record(kStdin, 99, "", 3).bytes()).substr(1));
  EXPECT_TRUE(played.session().idle()) << "it is complete, though its answer is not out";
  played.feed(Wire().begin(2));
  EXPECT_FALSE(played.session().idle());
  std::string out;
  played.session().encode_rejection(2, {500, ""}, {}, out);
  EXPECT_TRUE(played.session().idle()) << "nobody waits for the rest of it";
  played.feed(std::string_view(Wire().record(kStdin, 99, "abc", 3).bytes()).substr(0, 12));
  EXPECT_FALSE(played.session().idle());
}

}  // namespace
}  // namespace penstock::proto::fastcgi
