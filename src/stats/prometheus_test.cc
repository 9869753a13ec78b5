// SPDX-License-Identifier: MIT
#include "stats/prometheus.h"

#include <gmock/gmock.h>

namespace penstock::stats {
namespace {

using testing::HasSubstr;

Snapshot two_workers() {
  Snapshot snapshot;
  snapshot.version = "1.2.3";
  for (const int number : {1, 2}) {
    WorkerSnapshot worker;
    worker.number = number;
    worker.starts = 3;
    worker.counts.by_class[2] = 10;
    worker.counts.latency[0] = 1;
    worker.counts.latency[12] = 2;
    worker.counts.running_time = 1'500'000;
    ProcessSnapshot process;
    process.state = number == 1 ? WorkerState::Ready : WorkerState::Starting;
    process.running = 2;
    process.rss = 4096;
    worker.processes = {process};
    snapshot.workers.push_back(worker);
  }
  return snapshot;
}

TEST(Prometheus, CountsRequestsOfEachWorkerAndClass) {
  const std::string text = prometheus_text(two_workers());
  EXPECT_THAT(text, HasSubstr("# TYPE penstock_requests_total counter\n"));
  EXPECT_THAT(text, HasSubstr("penstock_requests_total{worker=\"2\",status=\"2xx\"} 10\n"));
  EXPECT_THAT(text, HasSubstr("penstock_requests_total{worker=\"2\",status=\"5xx\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("penstock_respawns_total{worker=\"1\"} 2\n"));
}

TEST(Prometheus, SumsTheHistogramOfAllWorkers) {
  const std::string text = prometheus_text(two_workers());
  EXPECT_THAT(text, HasSubstr("penstock_request_duration_seconds_bucket{le=\"0.001\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("penstock_request_duration_seconds_bucket{le=\"10\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("penstock_request_duration_seconds_bucket{le=\"+Inf\"} 6\n"));
  EXPECT_THAT(text, HasSubstr("penstock_request_duration_seconds_sum 3\n"));
  EXPECT_THAT(text, HasSubstr("penstock_request_duration_seconds_count 6\n"));
}

TEST(Prometheus, CountsProcessesByState) {
  const std::string text = prometheus_text(two_workers());
  EXPECT_THAT(text, HasSubstr("penstock_workers{state=\"ready\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("penstock_workers{state=\"starting\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("penstock_workers{state=\"stopping\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("penstock_requests_running 4\n"));
}

TEST(Prometheus, EscapesLabels) {
  Snapshot snapshot = two_workers();
  snapshot.sockets.push_back({"/run/\"a\\b\nc\xff", "http", 3, 9});
  EXPECT_THAT(prometheus_text(snapshot),
              HasSubstr(R"(penstock_listen_queue{socket="/run/\"a\\b\nc?",protocol="http"} 3)"));
}

}  // namespace
}  // namespace penstock::stats
