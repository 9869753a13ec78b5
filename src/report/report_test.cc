// SPDX-License-Identifier: MIT
// The three forms of the report, and the numbers in them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "report/html_report.h"
#include "report/json_report.h"
#include "report/show.h"
#include "report/test_lines.h"
#include "report/text_report.h"

namespace penstock::report {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

Summary sample() {
  Summary summary;
  for (int i = 0; i < 90; ++i)
    summary.add(uwsgi_line(fmt::format("GET /users/{}", i), 200, 2));
  for (int i = 0; i < 10; ++i)
    summary.add(
        uwsgi_line("GET /<script>&\"", 500, 80, "Tue Nov 14 22:14:20 2023",
                   " [receive 1 queue 2000 app 70000 gil 10000 cpu 20000 write 8000 micros]"));
  summary.add("spawned uWSGI worker 1");
  summary.add("{\"<b>\":");
  return summary;
}

TEST(Show, WritesNumbersForPeople) {
  EXPECT_EQ(show_duration(0), "0 µs");
  EXPECT_EQ(show_duration(999), "999 µs");
  EXPECT_EQ(show_duration(1234), "1.23 ms");
  EXPECT_EQ(show_duration(999'600), "1.00 s");
  EXPECT_EQ(show_duration(2'000'000), "2 s");
  EXPECT_EQ(show_duration(99'960), "100 ms");
  EXPECT_EQ(show_duration(90'000'000), "1.50 min");
  EXPECT_EQ(show_duration(7'200'000'000), "2 h");
  EXPECT_EQ(show_count(0), "0");
  EXPECT_EQ(show_count(1234567), "1,234,567");
  EXPECT_EQ(show_bytes(1023), "1023 B");
  EXPECT_EQ(show_bytes(1536), "1.50 KB");
  EXPECT_EQ(show_share(1, 3), "33.3%");
  EXPECT_EQ(show_share(1, 100'000), "<0.1%");
  EXPECT_EQ(show_share(5, 0), "0%");
}

TEST(Show, SplitsTheAppsTimeAndLosesNone) {
  const auto steps = steps_of({1, 2, 100, 30, 90, 5});
  std::uint64_t whole = 0;
  for (const Step& step : steps)
    whole += step.micros;
  EXPECT_EQ(whole, 108U);
  EXPECT_EQ(steps[2].micros, 30U);
  EXPECT_EQ(steps[3].micros, 70U);
  EXPECT_EQ(steps[4].micros, 0U);
}

TEST(Show, HasABarForEveryTime) {
  const Summary summary = sample();
  const auto bounds = bars_of(summary.all().latency);
  std::uint64_t count = 0;
  for (std::size_t i = 0; i + 1 < bounds.size(); ++i)
    count += summary.all().latency.between(bounds[i], bounds[i + 1]);
  EXPECT_EQ(count, 100U);
}

TEST(Report, IsJson) {
  const json report = json::parse(json_report(sample(), 10));
  EXPECT_EQ(report["requests"], 100);
  EXPECT_EQ(report["status"]["2xx"], 90);
  EXPECT_EQ(report["status"]["5xx"], 10);
  EXPECT_EQ(report["micros"], 90 * 2000 + 10 * 80'000);
  EXPECT_EQ(report["latency"]["max"], 80'000);
  EXPECT_EQ(report["first"], "2023-11-14 22:13:20");
  EXPECT_EQ(report["route_count"], 2);
  EXPECT_EQ(report["routes"][0]["route"], "GET /<script>&\"");
  EXPECT_EQ(report["routes"][0]["where"]["wait"], 10 * 40'000);
  EXPECT_EQ(report["routes"][1]["route"], "GET /users/<id>");
  EXPECT_EQ(report["messages"], 1);
  EXPECT_EQ(report["not_understood"], 1);
  EXPECT_EQ(report["first_not_understood"], "{\"<b>\":");
  EXPECT_TRUE(json::accept(json_report(Summary(), 10)));
}

TEST(Report, IsTextForATerminal) {
  const std::string plain = text_report(sample(), {});
  EXPECT_THAT(plain, HasSubstr("100 requests"));
  EXPECT_THAT(plain, HasSubstr("GET /users/<id>"));
  EXPECT_THAT(plain, HasSubstr("Where the time went"));
  EXPECT_THAT(plain, HasSubstr("1 lines that look like requests were not understood"));
  EXPECT_THAT(plain, Not(HasSubstr("\x1b")));
  EXPECT_THAT(text_report(sample(), {100, true, 20}), HasSubstr("\x1b[31m"));
}

TEST(Report, IsAPageThatEscapesWhatPeersSent) {
  const std::string page = html_report(sample(), 10);
  EXPECT_THAT(page, HasSubstr("GET /&lt;script&gt;&amp;&quot;"));
  EXPECT_THAT(page, Not(HasSubstr("/<script>")));
  EXPECT_THAT(page, HasSubstr("{&quot;&lt;b&gt;&quot;:"));
  EXPECT_THAT(page, Not(HasSubstr("http://")));
  EXPECT_THAT(page, Not(HasSubstr("src=")));
}

}  // namespace
}  // namespace penstock::report
