// SPDX-License-Identifier: MIT
#include "console/screen.h"

#include <gmock/gmock.h>

namespace penstock::console {
namespace {

using testing::HasSubstr;

View view_of(std::uint64_t requests_of_second) {
  View view;
  view.server = "penstock";
  view.version = "1.0";
  view.pid = 10;
  view.uptime = 3 * 3600;
  for (const int id : {1, 2}) {
    WorkerRow worker;
    worker.id = id;
    worker.pid = 10 + id;
    worker.state = "idle";
    worker.accepting = true;
    worker.requests = id == 2 ? requests_of_second : 100;
    worker.running_time = worker.requests * 2000;
    worker.rss = static_cast<std::uint64_t>(id) << 20;
    view.workers.push_back(worker);
  }
  view.requests.push_back({1, 11, "GET /slow", "192.0.2.1", 2'500'000});
  return view;
}

std::vector<std::string> texts(const std::vector<Line>& lines) {
  std::vector<std::string> all;
  for (const Line& line : lines)
    all.push_back(line.text);
  return all;
}

TEST(Screen, ShowsTheRateSinceTheLastLook) {
  const Frame frame{view_of(50), view_of(30), 2};
  const auto lines = texts(draw(frame, SortBy::Rate, 40, 200));
  EXPECT_THAT(lines[0], HasSubstr("penstock 1.0  pid 10  up 3h 0m"));
  EXPECT_THAT(lines[1], HasSubstr("requests 150  10.0/s"));
  EXPECT_THAT(lines[5], HasSubstr("     2       12 idle             50      10.0       2ms"));
  EXPECT_THAT(lines[6], HasSubstr("     1       11 idle            100       0.0"));
  EXPECT_THAT(lines.back(), HasSubstr("2.5s 192.0.2.1       GET /slow"));
}

TEST(Screen, SortsByEachColumn) {
  const Frame frame{view_of(50), view_of(30), 1};
  const auto first = [&](SortBy by) { return texts(draw(frame, by, 40, 200))[5].substr(0, 6); };
  EXPECT_EQ(first(SortBy::Worker), "     1");
  EXPECT_EQ(first(SortBy::Requests), "     1");
  EXPECT_EQ(first(SortBy::Memory), "     2");
  EXPECT_EQ(first(SortBy::Latency), "     2");
}

TEST(Screen, FitsAnyTerminal) {
  Frame frame{view_of(5), std::nullopt, 0};
  for (int i = 0; i < 200; ++i) {
    frame.now.workers.push_back(frame.now.workers[0]);
    frame.now.requests.push_back(frame.now.requests[0]);
  }
  for (const int rows : {0, 1, 4, 5, 6, 10, 50})
    for (const int columns : {0, 1, 20, 80}) {
      const auto lines = draw(frame, SortBy::Worker, rows, columns);
      EXPECT_LE(lines.size(), static_cast<std::size_t>(rows));
      for (const Line& line : lines)
        EXPECT_LE(line.text.size(), static_cast<std::size_t>(columns));
    }
  const auto lines = texts(draw(frame, SortBy::Worker, 30, 80));
  EXPECT_THAT(lines, testing::Contains(HasSubstr("GET /slow")));
}

TEST(Screen, CountsAWorkerThatIsNew) {
  View before = view_of(50);
  before.workers.pop_back();
  EXPECT_THAT(texts(draw({view_of(50), before, 1}, SortBy::Worker, 40, 200))[1],
              HasSubstr("requests 150  0.0/s"));
}

TEST(Screen, SumsUpForStatus) {
  EXPECT_THAT(summary(view_of(50)), HasSubstr("workers 2 of 2 accept  requests 150"));
}

TEST(Screen, WritesSizesAndTimesForPeople) {
  EXPECT_EQ(human_size(1023), "1023");
  EXPECT_EQ(human_size(1536), "1.5K");
  EXPECT_EQ(human_size(5ULL << 40), "5.0T");
  EXPECT_EQ(human_size(5000ULL << 40), "5000.0T");
  EXPECT_EQ(human_time(999), "999us");
  EXPECT_EQ(human_time(12'345), "12ms");
  EXPECT_EQ(human_time(7'800'000), "7.8s");
  EXPECT_EQ(human_time(306'000'000), "5m 6s");
  EXPECT_EQ(human_time(90'000ULL * 1'000'000), "1d 1h");
}

}  // namespace
}  // namespace penstock::console
