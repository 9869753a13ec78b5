// SPDX-License-Identifier: MIT
#include "supervisor/stats_page.h"

#include <gmock/gmock.h>

namespace penstock::supervisor {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

std::optional<std::string> answer(StatsKind kind, std::string_view received) {
  return answer_stats(kind, received, [](StatsKind) { return std::string("content"); });
}

TEST(StatsPage, IsBareWithoutHttp) {
  EXPECT_EQ(answer(StatsKind::Json, ""), "content");
}

TEST(StatsPage, WaitsForTheWholeHead) {
  const std::string_view wire = "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n";
  for (std::size_t cut = 0; cut < wire.size(); ++cut)
    EXPECT_FALSE(answer(StatsKind::Metrics, wire.substr(0, cut))) << cut;
  EXPECT_THAT(*answer(StatsKind::Metrics, wire),
              AllOf(StartsWith("HTTP/1.1 200 OK\r\n"), HasSubstr("Content-Length: 7\r\n"),
                    HasSubstr("text/plain; version=0.0.4"), EndsWith("\r\n\r\ncontent")));
}

TEST(StatsPage, GivesJsonAtAnyPath) {
  EXPECT_THAT(*answer(StatsKind::JsonByHttp, "GET / HTTP/1.0\n\n"),
              AllOf(HasSubstr("Content-Type: application/json\r\n"),
                    HasSubstr("Access-Control-Allow-Origin: *\r\n"), EndsWith("content")));
  EXPECT_THAT(*answer(StatsKind::JsonByHttp, "GET /x HTTP/1.1\r\n\r\n"), EndsWith("content"));
}

TEST(StatsPage, GivesMetricsAtOnePath) {
  EXPECT_THAT(*answer(StatsKind::Metrics, "GET /metrics?a=b HTTP/1.1\r\n\r\n"),
              EndsWith("content"));
  for (const auto* const path : {"/", "/metric", "/metrics/", "//metrics"})
    EXPECT_THAT(*answer(StatsKind::Metrics, "GET " + std::string(path) + " HTTP/1.1\r\n\r\n"),
                StartsWith("HTTP/1.1 404 Not Found\r\n"));
}

TEST(StatsPage, AnswersHeadWithoutTheContent) {
  EXPECT_THAT(*answer(StatsKind::Metrics, "HEAD /metrics HTTP/1.1\r\n\r\n"),
              AllOf(HasSubstr("Content-Length: 7\r\n"), EndsWith("\r\n\r\n")));
}

TEST(StatsPage, KnowsNoOtherMethod) {
  EXPECT_THAT(*answer(StatsKind::Metrics, "POST /metrics HTTP/1.1\r\n\r\n"),
              AllOf(StartsWith("HTTP/1.1 405 "), HasSubstr("Allow: GET, HEAD\r\n")));
}

TEST(StatsPage, RefusesWhatIsNoHttp) {
  for (const std::string_view line :
       {"", "GET", "GET /metrics", "GET  HTTP/1.1", " / HTTP/1.1", "GET metrics HTTP/1.1",
        "GET /metrics HTTP/2", "\x16\x03\x01 /x"})
    EXPECT_THAT(*answer(StatsKind::Metrics, std::string(line) + "\r\n\r\n"),
                StartsWith("HTTP/1.1 400 "))
        << line;
}

TEST(StatsPage, BoundsTheHead) {
  const std::string endless = "GET / HTTP/1.1\r\nX: " + std::string(kLargestStatsHead, 'x');
  EXPECT_THAT(*answer(StatsKind::Metrics, endless), StartsWith("HTTP/1.1 431 "));
}

}  // namespace
}  // namespace penstock::supervisor
