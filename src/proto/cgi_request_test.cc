// SPDX-License-Identifier: MIT
#include "proto/cgi_request.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace penstock::proto {
namespace {

using Variables = std::vector<std::pair<std::string, std::string>>;

/// A request made of variables, which it keeps alive.
class Made {
 public:
  explicit Made(Variables variables, const Limits& limits = {}, Endpoints endpoints = {})
      : variables_(std::move(variables)), endpoints_(endpoints) {
    CgiRequest cgi(request, endpoints_, limits);
    for (const auto& [name, value] : variables_)
      cgi.add(name, value);
    refused = cgi.finish();
  }

  std::string field(std::string_view name) const {
    std::string values;
    for (const http::Field& field : request.fields)
      if (field.name == name) values += '[' + std::string(field.value) + ']';
    return values;
  }

  std::string variable(std::string_view name) const {
    std::string values;
    for (const auto& [key, value] : request.variables)
      if (key == name) values += '[' + std::string(value) + ']';
    return values;
  }

  http::Request request;
  std::optional<http::Rejection> refused;

 private:
  Variables variables_;
  Endpoints endpoints_;
};

Variables get(Variables more = {}) {
  Variables all = {{"REQUEST_METHOD", "GET"}, {"PATH_INFO", "/"}, {"REQUEST_URI", "/"}};
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

TEST(CgiRequest, FillsInEveryMemberThatHasAVariable) {
  const Made made({{"REQUEST_METHOD", "POST"},
                   {"REQUEST_URI", "/app/a%20b?x=1"},
                   {"SCRIPT_NAME", "/app"},
                   {"PATH_INFO", "/a b"},
                   {"QUERY_STRING", "x=1"},
                   {"SERVER_PROTOCOL", "HTTP/1.1"},
                   {"SERVER_NAME", "example.test"},
                   {"SERVER_PORT", "8080"},
                   {"REMOTE_ADDR", "192.0.2.1"},
                   {"REMOTE_PORT", "1234"},
                   {"REMOTE_USER", "joe"},
                   {"CONTENT_TYPE", "text/plain"},
                   {"CONTENT_LENGTH", "12"},
                   {"HTTP_HOST", "www.example.test:8080"},
                   {"HTTP_X_ODD", "1"},
                   {"DOCUMENT_ROOT", "/srv"}});
  ASSERT_FALSE(made.refused);
  const http::Request& request = made.request;
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target, "/app/a%20b?x=1");
  EXPECT_EQ(request.script_name, "/app");
  EXPECT_EQ(request.path, "/a b");
  EXPECT_EQ(request.query, "x=1");
  EXPECT_EQ(request.protocol, "HTTP/1.1");
  EXPECT_EQ(request.version, http::Version::Http11);
  EXPECT_EQ(request.scheme, "http");
  EXPECT_EQ(request.server_name, "example.test");
  EXPECT_EQ(request.server_port, "8080");
  EXPECT_EQ(request.remote_address, "192.0.2.1");
  EXPECT_EQ(request.remote_port, "1234");
  EXPECT_EQ(request.remote_user, "joe");
  EXPECT_EQ(request.host, "www.example.test:8080");
  EXPECT_EQ(request.content_type, "text/plain");
  EXPECT_TRUE(request.has_content_type);
  EXPECT_EQ(request.content_length, 12U);
  EXPECT_TRUE(request.trusted);
  EXPECT_FALSE(request.head_request || request.keep_alive || request.chunked ||
               request.expect_continue);
  EXPECT_EQ(request.variable_count, 16U);
  ASSERT_EQ(request.fields.size(), 2U);
  EXPECT_EQ(request.fields[0].id, http::FieldId::Host);
  EXPECT_EQ(made.field("x-odd"), "[1]");
  EXPECT_EQ(made.variable("DOCUMENT_ROOT"), "[/srv]");
  EXPECT_EQ(request.variables.size(), 1U);
}

TEST(CgiRequest, TurnsNamesOfFieldsToLowerCaseWithDashes) {
  const Made made(get({{"HTTP_USER_AGENT", "a"},
                       {"HTTP_X_REAL_IP", "b"},
                       {"HTTP_SOMETHING_NEW_2", "c"},
                       {"HTTP_X__Y", "d"},
                       {"HTTP_A.B!", "e"},
                       {"HTTP_1", "f"}}));
  ASSERT_FALSE(made.refused);
  EXPECT_EQ(made.field("user-agent"), "[a]");
  EXPECT_EQ(made.field("x-real-ip"), "[b]");
  EXPECT_EQ(made.field("something-new-2"), "[c]");
  EXPECT_EQ(made.field("x--y"), "[d]");
  EXPECT_EQ(made.field("a.b!"), "[e]");
  EXPECT_EQ(made.field("1"), "[f]");
  EXPECT_TRUE(made.request.variables.empty());
}

TEST(CgiRequest, LeavesNamesThatNoWebServerMakesAmongTheVariables) {
  const Made made(get({{"HTTP_x_real_ip", "a"},
                       {"HTTP_X-REAL-IP", "b"},
                       {"HTTP_", "c"},
                       {"HTTP_A B", "d"},
                       {"http_host", "e"},
                       {"X", "f"},
                       {"HTTP", "g"}}));
  ASSERT_FALSE(made.refused);
  EXPECT_TRUE(made.request.fields.empty());
  EXPECT_EQ(made.request.variables.size(), 7U);
  EXPECT_EQ(made.variable("HTTP_X-REAL-IP"), "[b]");
}

TEST(CgiRequest, DropsTheFieldsThatPolicyDrops) {
  const Made made(get({{"HTTP_PROXY", "http://evil"},
                       {"HTTP_CONNECTION", "keep-alive"},
                       {"HTTP_KEEP_ALIVE", "1"},
                       {"HTTP_TRANSFER_ENCODING", "chunked"},
                       {"HTTP_TE", "trailers"},
                       {"HTTP_CONTENT_LENGTH", "7"},
                       {"HTTP_CONTENT_TYPE", "text/evil"}}));
  ASSERT_FALSE(made.refused);
  EXPECT_TRUE(made.request.fields.empty());
  EXPECT_TRUE(made.request.variables.empty());
  EXPECT_FALSE(made.request.content_length);
  EXPECT_FALSE(made.request.has_content_type);
  EXPECT_EQ(made.request.variable_count, 10U);
}

TEST(CgiRequest, LetsTheLastOfARepeatedNameCount) {
  const Made made({{"REQUEST_METHOD", "GET"},
                   {"PATH_INFO", "/first"},
                   {"REQUEST_URI", "/"},
                   {"HTTP_HOST", "first"},
                   {"HTTP_X_ODD", "first"},
                   {"MINE", "first"},
                   {"AB", "first"},
                   {"HTTP_X_OTHER", "kept"},
                   {"MINE_TOO", "kept"},
                   {"CONTENT_LENGTH", "nonsense"},
                   {"REQUEST_METHOD", "POST"},
                   {"PATH_INFO", "/last"},
                   {"HTTP_HOST", "last"},
                   {"HTTP_X_ODD", "last"},
                   {"MINE", "last"},
                   {"AB", "last"},
                   {"CONTENT_LENGTH", "3"}});
  ASSERT_FALSE(made.refused);
  EXPECT_EQ(made.request.method, "POST");
  EXPECT_EQ(made.request.path, "/last");
  EXPECT_EQ(made.request.host, "last");
  EXPECT_EQ(made.request.content_length, 3U);
  EXPECT_EQ(made.field("host"), "[last]");
  EXPECT_EQ(made.field("x-odd"), "[last]");
  EXPECT_EQ(made.field("x-other"), "[kept]");
  EXPECT_EQ(made.variable("MINE"), "[last]");
  EXPECT_EQ(made.variable("MINE_TOO"), "[kept]");
  EXPECT_EQ(made.variable("AB"), "[last]");
  EXPECT_EQ(made.request.variable_count, 17U);
}

TEST(CgiRequest, FindsRepeatsAmongThousandsOfNames) {
  Variables variables = get();
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 1000; ++i) {
      const std::string number = std::to_string(i);
      variables.emplace_back("HTTP_X_" + number, std::to_string(round));
      variables.emplace_back("VARIABLE_" + number, std::to_string(round));
    }
  }
  const Made made(variables);
  ASSERT_FALSE(made.refused);
  ASSERT_EQ(made.request.fields.size(), 1000U);
  ASSERT_EQ(made.request.variables.size(), 1000U);
  for (std::size_t i = 0; i < 1000; ++i) {
    EXPECT_EQ(made.request.fields[i].name, "x-" + std::to_string(i));
    EXPECT_EQ(made.request.fields[i].value, "1");
    EXPECT_EQ(made.request.variables[i].first, "VARIABLE_" + std::to_string(i));
    EXPECT_EQ(made.request.variables[i].second, "1");
  }
}

TEST(CgiRequest, TakesEmptyLengthAndTypeForAbsent) {
  const Made made(get({{"CONTENT_LENGTH", ""}, {"CONTENT_TYPE", ""}, {"REMOTE_USER", ""}}));
  ASSERT_FALSE(made.refused);
  EXPECT_FALSE(made.request.content_length);
  EXPECT_FALSE(made.request.has_content_type);
}

TEST(CgiRequest, FindsTheScheme) {
  struct Row {
    Variables variables;
    std::string_view scheme;
  };
  for (const Row& row : {Row{{}, "http"},
                         {{{"HTTPS", "on"}}, "https"},
                         {{{"HTTPS", "ON"}}, "https"},
                         {{{"HTTPS", "1"}}, "https"},
                         {{{"HTTPS", "off"}}, "http"},
                         {{{"HTTPS", ""}}, "http"},
                         {{{"REQUEST_SCHEME", "https"}}, "https"},
                         {{{"REQUEST_SCHEME", "HTTPS"}}, "https"},
                         {{{"REQUEST_SCHEME", "http"}, {"HTTPS", "on"}}, "https"},
                         {{{"UWSGI_SCHEME", "https"}, {"REQUEST_SCHEME", "http"}}, "https"},
                         {{{"UWSGI_SCHEME", "http"}, {"HTTPS", "on"}}, "http"},
                         {{{"UWSGI_SCHEME", "gopher"}, {"HTTPS", "on"}}, "https"},
                         {{{"HTTP_X_FORWARDED_PROTO", "https"}}, "http"},
                         {{{"HTTP_X_FORWARDED_SSL", "on"}}, "http"},
                         {{{"HTTP_X_SCHEME", "https"}}, "http"}}) {
    const Made made(get(row.variables));
    ASSERT_FALSE(made.refused);
    EXPECT_EQ(made.request.scheme, row.scheme) << testing::PrintToString(row.variables);
  }
}

TEST(CgiRequest, ShowsTheApplicationTheVariablesOfTheScheme) {
  const Made made(get({{"HTTPS", "on"}, {"REQUEST_SCHEME", "https"}, {"UWSGI_SCHEME", "https"}}));
  EXPECT_EQ(made.variable("HTTPS"), "[on]");
  EXPECT_EQ(made.variable("REQUEST_SCHEME"), "[https]");
  EXPECT_EQ(made.variable("UWSGI_SCHEME"), "[https]");
}

TEST(CgiRequest, KeepsControlVariablesAsData) {
  const Made made(get({{"UWSGI_FILE", "exec://evil"}, {"UWSGI_SCRIPT", "myapp1"}}));
  ASSERT_FALSE(made.refused);
  EXPECT_EQ(made.variable("UWSGI_FILE"), "[exec://evil]");
  EXPECT_EQ(made.variable("UWSGI_SCRIPT"), "[myapp1]");
}

// Apache's SERVER_SIGNATURE ends in a line feed; SSL_CLIENT_CERT has many.
TEST(CgiRequest, LetsOtherVariablesHoldAnyByte) {
  const Made made(get({{"SERVER_SIGNATURE", "<address>Apache</address>\n"}}));
  ASSERT_FALSE(made.refused);
  EXPECT_EQ(made.variable("SERVER_SIGNATURE"), "[<address>Apache</address>\n]");
}

TEST(CgiRequest, TakesTheQueryFromTheTargetWhereItIsMissing) {
  Variables variables = get();
  variables.back().second = "/?a=1?b";
  EXPECT_EQ(Made(variables).request.query, "a=1?b");
  variables.emplace_back("QUERY_STRING", "");
  EXPECT_EQ(Made(variables).request.query, "") << "an empty one is one";
}

TEST(CgiRequest, MakesATargetWhereNoneWasSent) {
  const Made made({{"REQUEST_METHOD", "GET"},
                   {"HTTP_X_BEFORE", "1"},
                   {"SCRIPT_NAME", "/a"},
                   {"PATH_INFO", "/b c"},
                   {"QUERY_STRING", "d=%20"}});
  ASSERT_FALSE(made.refused);
  EXPECT_EQ(made.request.target, "/a/b%20c?d=%20");
  EXPECT_EQ(made.field("x-before"), "[1]");
}

TEST(CgiRequest, FindsAServerNameInAnyCase) {
  Endpoints endpoints;
  endpoints.server_name = "10.0.0.1";
  endpoints.server_port = "9090";
  const Made from_host(get({{"HTTP_HOST", "[::1]:81"}, {"SERVER_NAME", ""}}), {}, endpoints);
  EXPECT_EQ(from_host.request.server_name, "[::1]");
  EXPECT_EQ(from_host.request.server_port, "9090");
  const Made from_endpoints(get({{"HTTP_HOST", "bad host"}}), {}, endpoints);
  EXPECT_EQ(from_endpoints.request.server_name, "10.0.0.1");
  const Made from_nothing(get({{"HTTPS", "on"}}));
  EXPECT_EQ(from_nothing.request.server_name, "localhost");
  EXPECT_EQ(from_nothing.request.server_port, "443");
  EXPECT_EQ(Made(get()).request.server_port, "80");
}

TEST(CgiRequest, TellsHeadAndOldClients) {
  EXPECT_TRUE(Made(get({{"REQUEST_METHOD", "HEAD"}})).request.head_request);
  EXPECT_FALSE(Made(get({{"REQUEST_METHOD", "head"}})).request.head_request);
  EXPECT_EQ(Made(get()).request.version, http::Version::Http10);
  EXPECT_EQ(Made(get({{"SERVER_PROTOCOL", "HTTP/1.0"}})).request.version, http::Version::Http10);
  EXPECT_EQ(Made(get({{"SERVER_PROTOCOL", "HTTP/2.0"}})).request.version, http::Version::Http11);
}

TEST(CgiRequest, RefusesWhatIsNoRequest) {
  struct Row {
    Variables variables;
    int status;
    std::string_view reason;
  };
  for (const Row& row :
       {Row{{{"PATH_INFO", "/"}}, 400, "REQUEST_METHOD is missing"},
        {get({{"REQUEST_METHOD", "G T"}}), 400, "REQUEST_METHOD is not a token"},
        {get({{"REQUEST_METHOD", "GET\r\n"}}), 400, "a CGI variable has a control byte"},
        {{{"REQUEST_METHOD", "GET"}}, 400, "neither PATH_INFO nor REQUEST_URI was sent"},
        {get({{"PATH_INFO", "x"}}), 400, "PATH_INFO does not begin with a slash"},
        {get({{"HTTP_X_ODD", "a\nb"}}), 400, "a header field has a control byte"},
        {get({{"HTTP_COOKIE", std::string("a\0b", 3)}}), 400, "a header field has a control byte"},
        {get({{"REQUEST_URI", "/\r\nx"}}), 400, "a CGI variable has a control byte"},
        {get({{"QUERY_STRING", "a\n"}}), 400, "a CGI variable has a control byte"},
        {get({{"SERVER_PROTOCOL", "HTTP/1.1\r\n"}}), 400, "a CGI variable has a control byte"},
        {get({{"CONTENT_LENGTH", "12x"}}), 400, "CONTENT_LENGTH is not a number"},
        {get({{"CONTENT_LENGTH", "-1"}}), 400, "CONTENT_LENGTH is not a number"},
        {get({{"CONTENT_LENGTH", "+1"}}), 400, "CONTENT_LENGTH is not a number"},
        {get({{"CONTENT_LENGTH", " 1"}}), 400, "CONTENT_LENGTH is not a number"},
        {get({{"CONTENT_LENGTH", "18446744073709551616"}}), 400,
         "CONTENT_LENGTH is not a number"}}) {
    const Made made(row.variables);
    ASSERT_TRUE(made.refused) << row.reason;
    EXPECT_EQ(made.refused->status, row.status);
    EXPECT_EQ(made.refused->reason, row.reason);
  }
}

TEST(CgiRequest, CountsVariablesAgainstTheLimit) {
  Limits limits;
  limits.variables = 4;
  EXPECT_FALSE(Made(get({{"A", "1"}}), limits).refused);
  const Made made(get({{"A", "1"}, {"A", "2"}}), limits);
  ASSERT_TRUE(made.refused);
  EXPECT_EQ(made.refused->status, 431);
}

TEST(CgiRequest, HoldsTheBodyAgainstTheLimit) {
  Limits limits;
  limits.body_bytes = 10;
  EXPECT_FALSE(Made(get({{"CONTENT_LENGTH", "10"}}), limits).refused);
  const Made made(get({{"CONTENT_LENGTH", "11"}}), limits);
  ASSERT_TRUE(made.refused);
  EXPECT_EQ(made.refused->status, 413);
  EXPECT_FALSE(Made(get({{"CONTENT_LENGTH", "18446744073709551615"}})).refused) << "0: no limit";
}

TEST(CgiRequest, NeverMovesAStorageThatHasViewsIntoIt) {
  const std::string block = "HTTP_X_ODDPATH_INFO/a bREQUEST_METHODGET";
  http::Request request;
  request.storage.reserve(block.size() + CgiRequest::storage_needed(block.size()));
  request.storage = block;
  const char* const before = request.storage.data();
  const std::string_view stored = request.storage;
  const Limits limits;
  const Endpoints endpoints;
  CgiRequest cgi(request, endpoints, limits);
  cgi.add(stored.substr(0, 10), stored.substr(0, 4));
  cgi.add(stored.substr(10, 9), stored.substr(19, 4));
  cgi.add(stored.substr(23, 14), stored.substr(37, 3));
  ASSERT_FALSE(cgi.finish());
  EXPECT_EQ(request.storage.data(), before);
  EXPECT_EQ(request.target, "/a%20b");
  EXPECT_EQ(request.fields.at(0).name, "x-odd");
  EXPECT_EQ(request.fields.at(0).value, "HTTP");
}

}  // namespace
}  // namespace penstock::proto
