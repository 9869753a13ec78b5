// SPDX-License-Identifier: MIT
#include "server/log_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>
#include <nlohmann/json.hpp>

namespace penstock::server {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::StartsWith;

constexpr std::int64_t kWhen = 1'700'000'000'123'456;  // 14 Nov 2023 22:13:20 UTC

class LogLineTest : public testing::Test {
 protected:
  void SetUp() override {
    ::setenv("TZ", "UTC", 1);
    ::tzset();
    request_.method = "GET";
    request_.target = "/a?b=1";
    request_.path = "/a";
    request_.query = "b=1";
    request_.protocol = "HTTP/1.1";
    request_.host = "example.org";
    request_.remote_address = "192.0.2.7";
    request_.fields = {{"User-Agent", "curl \"7\"", http::FieldId::Other},
                       {"X-Forwarded-For", "203.0.113.9", http::FieldId::XForwardedFor}};
    request_.variables = {{"DOCUMENT_ROOT", "/srv"}};
    request_.variable_count = 6;
    request_.packet_size = 120;
    record_.wall_micros = kWhen;
    record_.head_at = SteadyTime(1s);
    record_.ready_at = SteadyTime(1s + 100us);
    record_.called_at = SteadyTime(1s + 300us);
    record_.done_at = SteadyTime(1s + 2345us);
    record_.writing = 45us;
    record_.lock_wait = 10us;
    record_.cpu = 1500us;
    record_.status = 200;
    record_.header_count = 2;
    record_.header_bytes = 80;
    record_.body_bytes = 5;
    record_.received_bytes = 7;
    record_.slot = 1;
  }

  std::string line() {
    LogLine writer(config_, {42, 3});
    std::string out;
    writer.append(out, {request_, record_, 9, 20});
    return out;
  }
  std::string line(std::string_view format) {
    config_.format = format;
    return line();
  }

  config::LogConfig config_;
  http::Request request_;
  ExchangeRecord record_;
};

TEST_F(LogLineTest, IsThatOfUwsgi) {
  EXPECT_EQ(line(),
            "[pid: 42|app: 0|req: 9/20] 192.0.2.7 () {12 vars in 120 bytes} "
            "[Tue Nov 14 22:13:20 2023] GET /a?b=1 => generated 5 bytes in 2 msecs "
            "(HTTP/1.1 200) 2 headers in 80 bytes (1 switches on core 1)\n");
}

TEST_F(LogLineTest, ShowsWhatTheOptionsAdd) {
  config_.micros = config_.timings = config_.memory = config_.forwarded_for = true;
  record_.sent_file = true;
  EXPECT_THAT(
      line(),
      MatchesRegex(
          "\\{address space usage: [0-9]+ bytes/[0-9]+MB\\} \\{rss usage: [0-9]+ bytes/[0-9]+MB\\} "
          "\\[pid: 42\\|app: 0\\|req: 9/20\\] 203\\.0\\.113\\.9 \\(\\) .*"
          "generated 5 bytes in 2345 micros via sendfile\\(\\) \\(HTTP/1.1 200\\).*core 1\\) "
          "\\[receive 100 queue 200 app 2000 gil 10 cpu 1500 write 45 micros\\]\n"));
}

TEST_F(LogLineTest, KnowsUwsgisVariables) {
  EXPECT_EQ(line("%(uri) %(method) [%(user)] %(addr) %(host) %(proto) %(uagent) %(referer)"),
            "/a?b=1 GET [-] 192.0.2.7 example.org HTTP/1.1 curl \\x227\\x22 -\n");
  EXPECT_EQ(line("%(status) %(rsize) %(hsize) %(size) %(cl) %(headers) %(vars) %(pktsize)"),
            "200 5 80 85 7 2 12 120\n");
  EXPECT_EQ(line("%(micros) %(msecs) %(secs) %(time) %(tmsecs) %(tmicros) %(ltime) %(ctime)"),
            "2345 2 0.002345 1700000000 1700000000123 1700000000123456 "
            "14/Nov/2023:22:13:20 +0000 Tue Nov 14 22:13:20 2023\n");
  EXPECT_EQ(line("%(pid) %(wid) %(core) %(switches) %(modifier1) %(modifier2) %(werr) %(rerr)"),
            "42 3 1 1 0 0 0 0\n");
  EXPECT_THAT(line("%(epoch) %(vsz) %(rss) %(vszM) %(rssM) %(ioerr)"),
              MatchesRegex("1[0-9]{9} [1-9][0-9]+ [1-9][0-9]+ [0-9]+ [0-9]+ 0\n"));
}

TEST_F(LogLineTest, KnowsWhereTheTimeWent) {
  EXPECT_EQ(line("%(receive) %(queue) %(app) %(gil) %(cpu) %(write) %(iso) %(wreq)/%(treq)"),
            "100 200 2000 10 1500 45 2023-11-14T22:13:20.123456+00:00 9/20\n");
}

TEST_F(LogLineTest, GivesNoTimesToARequestThatWasRefused) {
  record_.called_at = record_.ready_at = SteadyTime{};
  record_.writing = record_.cpu = record_.lock_wait = 0ns;
  EXPECT_EQ(line("%(receive) %(queue) %(app)"), "0 0 2345\n");
}

TEST_F(LogLineTest, ReadsTheVariablesOfTheRequestAndOfTheApp) {
  record_.variables = {{"customer", "acme"}, {"plan", "a b"}};
  EXPECT_EQ(line("%(var.QUERY_STRING) %(var.DOCUMENT_ROOT) %(var.HTTP_X_FORWARDED_FOR)"),
            "b=1 /srv 203.0.113.9\n");
  EXPECT_EQ(line("%(var.NOTHING) %(metric.x) %(customer) %(nobody) %(logvars)"),
            "- - acme - customer=acme plan=a b\n");
}

TEST_F(LogLineTest, WritesFtimeAsTheOptionsSay) {
  EXPECT_EQ(line("%(ftime)"), "14/Nov/2023:22:13:20 +0000\n");
  config_.date = "%Y/%m/%d";
  EXPECT_EQ(line("%(ftime)"), "14/Nov/2023:22:13:20 +0000\n");
  config_.date_in_format = true;
  EXPECT_EQ(line("%(ftime)"), "2023/11/14\n");
}

TEST_F(LogLineTest, StaysOneLineWhateverThePeerSends) {
  request_.target = "/x\n\x1b[2J\\\"";
  EXPECT_EQ(line("\"%(uri)\""), "\"/x\\x0a\\x1b[2J\\x5c\\x22\"\n");
}

TEST_F(LogLineTest, StaysJsonWhateverThePeerSends) {
  request_.target = "/x\n\"\\\xff\xc3\xa4";
  record_.variables = {{"a\"b", "c\\d"}};
  const json parsed = json::parse(
      line(R"f({"u":"<%(uri)>","v":%(uri),"none":%(referer),"s":%(status),"t":"%(secs)",)f"
           R"f("f":%(secs),"vars":%(logvars),"text":"%(logvars)"})f"));
  EXPECT_EQ(parsed["v"], "/x\n\"\\\xc3\xbf\xc3\xa4");
  EXPECT_EQ(parsed["u"], "<" + parsed["v"].get<std::string>() + ">");
  EXPECT_TRUE(parsed["none"].is_null());
  EXPECT_EQ(parsed["s"], 200);
  EXPECT_EQ(parsed["t"], "0.002345");
  EXPECT_DOUBLE_EQ(parsed["f"], 0.002345);
  EXPECT_EQ(parsed["vars"]["a\"b"], "c\\d");
  EXPECT_EQ(json::parse(parsed["text"].get<std::string>()), parsed["vars"]);
}

TEST_F(LogLineTest, OfLogJsonHasAllFields) {
  const json parsed = json::parse(line(config::kJsonLogFormat));
  const json expected = {{"time", "2023-11-14T22:13:20.123456+00:00"},
                         {"pid", 42},
                         {"worker", 3},
                         {"core", 1},
                         {"request", 9},
                         {"addr", "192.0.2.7"},
                         {"user", nullptr},
                         {"method", "GET"},
                         {"uri", "/a?b=1"},
                         {"proto", "HTTP/1.1"},
                         {"host", "example.org"},
                         {"referer", nullptr},
                         {"agent", "curl \"7\""},
                         {"body_in", 7},
                         {"status", 200},
                         {"headers", 2},
                         {"head_out", 80},
                         {"body_out", 5},
                         {"errors", 0},
                         {"micros", 2345},
                         {"receive", 100},
                         {"queue", 200},
                         {"app", 2000},
                         {"gil", 10},
                         {"cpu", 1500},
                         {"write", 45},
                         {"vars", json::object()}};
  EXPECT_EQ(parsed, expected);
}

TEST_F(LogLineTest, CutsWhatWouldMakeItTooLong) {
  const std::string long_target = "/" + std::string(10'000, '\x01');
  request_.target = long_target;
  const std::string object = line(R"f({"a":%(uri),"b":"%(uri)"})f");
  EXPECT_LE(object.size(), kLongestLine);
  EXPECT_THAT(object, HasSubstr("\\u0001"));
  EXPECT_TRUE(json::accept(object)) << object;
  EXPECT_LE(line("%(uri)").size(), kLongestLine);
  std::string many = "{\"n\":0";
  for (int i = 0; i < 49; ++i)
    many += ",\"x\":%(uri)";
  const std::string crowded = line(many + "}");
  EXPECT_LE(crowded.size(), kLongestLine);
  EXPECT_TRUE(json::accept(crowded)) << crowded;
  EXPECT_THAT(line(""), StartsWith("[pid: 42|app: 0|req: 9/20] 0.0.0.0 () "));
}

TEST_F(LogLineTest, AsksForClocksOnlyWhereItShowsThem) {
  EXPECT_FALSE(LogLine(config_, {}).wants_timings());
  config_.format = "%(msecs)";
  EXPECT_FALSE(LogLine(config_, {}).wants_timings());
  config_.format = "%(gil)";
  EXPECT_TRUE(LogLine(config_, {}).wants_timings());
  config_.format.clear();
  config_.timings = true;
  EXPECT_TRUE(LogLine(config_, {}).wants_timings());
}

}  // namespace
}  // namespace penstock::server
