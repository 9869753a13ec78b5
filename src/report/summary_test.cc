// SPDX-License-Identifier: MIT
#include "report/summary.h"

#include <gtest/gtest.h>

#include <chrono>

#include "report/test_lines.h"
#include "report/time_text.h"

namespace penstock::report {
namespace {

std::string json_at(std::int64_t second, int status = 200) {
  return fmt::format(R"({{"time":{},"uri":"/","method":"GET","status":{},"micros":1000}})", second,
                     status);
}

TEST(Summary, SortsRoutesByTheirTimeInAll) {
  Summary summary;
  for (int i = 0; i < 10; ++i)
    summary.add(uwsgi_line(fmt::format("GET /quick/{}", i), 200, 1));
  summary.add(uwsgi_line("GET /slow", 500, 100));
  summary.add("something else");
  summary.add("[pid: broken");
  const std::vector<Route> routes = summary.slowest_routes(10);
  ASSERT_EQ(routes.size(), 2U);
  EXPECT_EQ(routes[0].name, "GET /slow");
  EXPECT_EQ(routes[0].group->errors(), 1U);
  EXPECT_EQ(routes[1].name, "GET /quick/<id>");
  EXPECT_EQ(routes[1].group->count, 10U);
  EXPECT_EQ(summary.all().micros, 110'000U);
  EXPECT_EQ(summary.messages(), 1U);
  EXPECT_EQ(summary.broken(), 1U);
  EXPECT_EQ(summary.first_broken(), "[pid: broken");
  EXPECT_EQ(summary.slowest_routes(1).size(), 1U);
}

TEST(Summary, HasATimelineWithGapsAndErrors) {
  Summary summary;
  for (const std::int64_t second : {1'000'000'000, 1'000'000'001, 1'000'000'009})
    summary.add(json_at(second, second == 1'000'000'009 ? 500 : 404));
  const Timeline line = summary.timeline(100);
  EXPECT_EQ(line.width, 1);
  ASSERT_EQ(line.moments.size(), 10U);
  EXPECT_EQ(line.moments[0].client_errors, 1U);
  EXPECT_EQ(line.moments[5].count, 0U);
  EXPECT_EQ(line.moments[9].server_errors, 1U);
  EXPECT_EQ(summary.first_second(), 1'000'000'000);
  EXPECT_EQ(summary.last_second(), 1'000'000'009);
}

TEST(Summary, NeverHasMoreMomentsThanAskedForAndLosesNoRequest) {
  Summary summary;
  constexpr int kRequests = 60'000;
  for (int i = 0; i < kRequests; ++i)
    summary.add(json_at(1'000'000'000 + std::int64_t{i} * 97));
  for (const std::size_t most : {1U, 7U, 88U, 160U}) {
    const Timeline line = summary.timeline(most);
    EXPECT_LE(line.moments.size(), most);
    std::uint64_t count = 0;
    for (const Moment& moment : line.moments)
      count += moment.count;
    EXPECT_EQ(count, std::uint64_t{kRequests});
  }
}

TEST(Summary, KeepsALimitedNumberOfRoutes) {
  Summary summary;
  for (int i = 0; i < 30'000; ++i)
    summary.add(uwsgi_line(fmt::format("GET /x{}y", i), 404, 1));
  EXPECT_LE(summary.route_count(), 20'001U);
  EXPECT_EQ(summary.all().count, 30'000U);
  EXPECT_EQ(summary.slowest_routes(1)[0].name, "(other routes)");
}

}  // namespace
}  // namespace penstock::report
