// SPDX-License-Identifier: MIT
#include "report/line.h"

#include <gtest/gtest.h>

#include "report/test_lines.h"
#include "report/time_text.h"

namespace penstock::report {
namespace {

constexpr std::int64_t kWhen = 1'700'000'000;  // 2023-11-14 22:13:20, a Tuesday

class LineTest : public testing::Test {
 protected:
  LineKind read(std::string_view text) { return reader_.read(text, line_); }

  LineReader reader_;
  Line line_;
};

TEST_F(LineTest, ReadsUwsgisLine) {
  const std::string text = uwsgi_line("GET /a?b=1", 200, 12);
  ASSERT_EQ(read(text), LineKind::Request);
  EXPECT_EQ(line_.second, kWhen);
  EXPECT_EQ(line_.method, "GET");
  EXPECT_EQ(line_.uri, "/a?b=1");
  EXPECT_EQ(line_.status, 200);
  EXPECT_EQ(line_.micros, 12'000U);
  EXPECT_EQ(line_.body_bytes, 5U);
  EXPECT_FALSE(line_.has_timings);
}

TEST_F(LineTest, ReadsWhatOptionsAddToIt) {
  std::string text =
      "site.example {address space usage: 109510656 bytes/104MB} {rss usage: 1 bytes/0MB} " +
      uwsgi_line("POST /x", 503, 7, "Wed Nov  1 00:00:01 2023",
                 " [receive 1 queue 2 app 3 gil 4 cpu 5 write 6 micros]");
  ASSERT_EQ(read(text), LineKind::Request);
  EXPECT_EQ(line_.second, 1'698'796'801);
  EXPECT_EQ(line_.status, 503);
  ASSERT_TRUE(line_.has_timings);
  EXPECT_EQ(line_.timings.receive, 1U);
  EXPECT_EQ(line_.timings.queue, 2U);
  EXPECT_EQ(line_.timings.app, 3U);
  EXPECT_EQ(line_.timings.gil, 4U);
  EXPECT_EQ(line_.timings.cpu, 5U);
  EXPECT_EQ(line_.timings.write, 6U);

  text = uwsgi_line("GET /", 200, 7);
  text.replace(text.find("msecs ("), 7, "micros via sendfile() (");
  ASSERT_EQ(read(text), LineKind::Request);
  EXPECT_EQ(line_.micros, 7U);
}

TEST_F(LineTest, TakesTheUriWholeWhateverIsInIt) {
  std::string text = uwsgi_line("GET /a b => generated 1 bytes in 1 msecs (x) ", 200, 3);
  ASSERT_EQ(read(text), LineKind::Request);
  EXPECT_EQ(line_.uri, "/a b => generated 1 bytes in 1 msecs (x) ");
  EXPECT_EQ(line_.micros, 3000U);
  text = uwsgi_line(R"(GET /\x41\x5cn)", 200, 3);
  ASSERT_EQ(read(text), LineKind::Request);
  EXPECT_EQ(line_.uri, "/A\\n");
}

TEST_F(LineTest, ReadsJson) {
  const std::string text =
      R"({"time":"2023-11-14T22:13:20.5+01:00","uri":"/\u00fc\"","method":"PUT","status":404,)"
      R"("body_out":9,"micros":1234,"receive":1,"queue":2,"app":3,"gil":4,"cpu":5,"write":6,)"
      R"("agent":"} \\","vars":{"a":["}"]},"user":null})";
  ASSERT_EQ(read(text), LineKind::Request);
  EXPECT_EQ(line_.second, kWhen);  // by the clock of who wrote it
  EXPECT_EQ(line_.method, "PUT");
  EXPECT_EQ(line_.uri, "/\xc3\xbc\"");
  EXPECT_EQ(line_.status, 404);
  EXPECT_EQ(line_.body_bytes, 9U);
  EXPECT_EQ(line_.micros, 1234U);
  EXPECT_TRUE(line_.has_timings);
  EXPECT_EQ(line_.timings.write, 6U);
}

TEST_F(LineTest, ReadsFormatsOfOnesOwnThatAreJson) {
  ASSERT_EQ(read(R"( {"x":1})" + std::string()), LineKind::Message);
  for (const std::string_view text :
       {R"({"ltime":"14/Nov/2023:22:13:20 +0000", "uri" : "/", "status":"200", "msecs":"2"})",
        R"({"time":1700000000,"uri":"/","status":200,"secs":0.002})",
        R"({"ctime":"Tue Nov 14 22:13:20 2023","uri":"/","status":200,"msecs":2})"}) {
    ASSERT_EQ(read(text), LineKind::Request) << text;
    EXPECT_EQ(line_.second, kWhen) << text;
    EXPECT_EQ(line_.micros, 2000U) << text;
    EXPECT_EQ(line_.status, 200) << text;
  }
}

TEST_F(LineTest, TellsMessagesFromWhatIsBroken) {
  EXPECT_EQ(read(R"({"uri":"\\\"","status":200,"micros":1,"time":1})"), LineKind::Request);
  EXPECT_EQ(line_.uri, "\\\"");
  EXPECT_EQ(read(R"({"uri":"\\","status":200,"micros":1,"time":1})"), LineKind::Request);
  EXPECT_EQ(line_.uri, "\\");
  EXPECT_EQ(read(""), LineKind::Message);
  EXPECT_EQ(read("spawned uWSGI worker 1 (pid: 7, cores: 1)"), LineKind::Message);
  for (const std::string_view text :
       {"{", "{}", R"({"uri":"/"})", R"({"uri":"/","status":200,"micros":1})",
        R"({"time":1,"uri":"/","status":200,"micros":1} x)", R"({"time":1,"uri":"/)",
        R"({"time":1,"uri":"/","status":99999,"micros":1})", "[pid: 1|app: 0|req: 1/1] "})
    EXPECT_EQ(read(text), LineKind::Broken) << text;
  const std::string whole = uwsgi_line("GET /", 200, 1);
  for (std::size_t size = 7; size < whole.size(); ++size)
    EXPECT_EQ(read(std::string_view(whole).substr(0, size)), LineKind::Broken) << size;
  EXPECT_EQ(read(uwsgi_line("GET /", 200, 1, "Tue Nov 34 22:13:20 2023")), LineKind::Broken);
  EXPECT_EQ(read(uwsgi_line("GET /", 200, 1, "Tue Nov 14 25:13:20 2023")), LineKind::Broken);
}

TEST(TimeText, ShowsWhatItReads) {
  EXPECT_EQ(show_time(*read_ctime("Tue Nov 14 22:13:20 2023")), "2023-11-14 22:13:20");
  EXPECT_EQ(show_time(*read_iso_time("2024-02-29T00:00:00Z")), "2024-02-29 00:00:00");
  EXPECT_EQ(show_time(-1), "1969-12-31 23:59:59");
  EXPECT_FALSE(read_iso_time("2023-02-29T00:00:00Z"));
  EXPECT_FALSE(read_log_time("14-Nov-2023"));
}

}  // namespace
}  // namespace penstock::report
