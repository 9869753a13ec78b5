// SPDX-License-Identifier: MIT
// The time limits of requests, and what is counted of answers, in a worker with applications in
// C++ instead of Python.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "server/worker_fixture.h"

namespace penstock::server {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

using WorkerLimitsTest = WorkerTest;

TEST_F(WorkerLimitsTest, CountsWhatItAnswers) {
  config_.worker.threads = 2;
  FunctionApplication application(app::Application::Manner::Blocking, [](app::Exchange& exchange) {
    if (exchange.request().path == "/bad") return exchange.abort({500, "on purpose"});
    answer_text(exchange, "12345");
  });
  const Serving serving = serve(application);
  std::size_t bytes = 0;
  for (const std::string_view target : {"/", "/bad", "/"})
    bytes += get(target).size();
  stop();
  const stats::WorkerSlot& slot = scoreboard_->worker(1);
  EXPECT_EQ(slot.requests, 3U);
  EXPECT_EQ(slot.by_class[2], 2U);
  EXPECT_EQ(slot.by_class[5], 1U);
  EXPECT_EQ(slot.bytes_sent, bytes);
  std::uint64_t in_histogram = 0;
  for (const auto& bucket : slot.latency)
    in_histogram += bucket;
  EXPECT_EQ(in_histogram, 3U);
  EXPECT_EQ(scoreboard_->core(1, 0).requests + scoreboard_->core(1, 1).requests, 3U);
  EXPECT_EQ(scoreboard_->core(1, 0).since, 0);
  EXPECT_STREQ(scoreboard_->core(1, 0).request.data(), "GET /");
}

TEST_F(WorkerLimitsTest, AnswersForAnApplicationThatIsLate) {
  config_.worker.threads = 2;
  FunctionApplication application(app::Application::Manner::Blocking, [](app::Exchange& exchange) {
    exchange.called();
    exchange.limit_time(1h);
    exchange.limit_time(30ms);
    if (exchange.request().path == "/kept") exchange.limit_time(0ms);
    while (exchange.request().path == "/late" && !exchange.overdue())
      std::this_thread::yield();
    answer_text(exchange, "too late?");
  });
  const Serving serving = serve(application);
  EXPECT_THAT(get("/kept"), StartsWith("HTTP/1.1 200"));
  for (int i = 0; i < 5; ++i) {
    const std::string answer = get("/late");
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 504"));
    EXPECT_THAT(answer, Not(HasSubstr("too late?")));
  }
  stop();
  EXPECT_EQ(scoreboard_->worker(1).harakiris, 5U);
  EXPECT_EQ(scoreboard_->worker(1).by_class[5], 5U);
}

TEST_F(WorkerLimitsTest, AsksForASuccessorOnceWhenRequestsDoNotEnd) {
  config_.worker.threads = 3;
  config_.time.harakiri = 20ms;
  config_.time.harakiri_grace = 20ms;
  std::atomic<bool> released = false;
  std::atomic<int> asked = 0;
  FunctionApplication application(app::Application::Manner::Blocking, [&](app::Exchange& exchange) {
    exchange.called();
    while (exchange.request().path == "/hung" && !released)
      std::this_thread::yield();
    answer_text(exchange, "done");
  });
  const Serving serving = serve(application, [&](Worker& worker) {
    worker.when_due_for_recycling([&](stats::RecycleReason reason) {
      EXPECT_EQ(reason, stats::RecycleReason::Harakiri);
      ++asked;
    });
  });
  std::vector<std::unique_ptr<Client>> hung;
  for (int i = 0; i < 2; ++i) {
    hung.push_back(std::make_unique<Client>(address_));
    hung.back()->send("GET /hung HTTP/1.1\r\nHost: h\r\n\r\n");
  }
  for (const auto& client : hung)
    EXPECT_THAT(client->read_to_end(), StartsWith("HTTP/1.1 504"));
  while (asked == 0)
    std::this_thread::yield();
  EXPECT_THAT(get("/"), StartsWith("HTTP/1.1 200"));
  released = true;
  hung.clear();
  while (scoreboard_->worker(1).connections > 0)
    std::this_thread::yield();
  stop();
  EXPECT_EQ(asked, 1);
  EXPECT_EQ(scoreboard_->worker(1).harakiris, 2U);
}

TEST_F(WorkerLimitsTest, LimitsTheTimeInTheQueue) {
  config_.time.queue = 30ms;
  std::atomic<bool> released = false;
  FunctionApplication application(app::Application::Manner::Blocking, [&](app::Exchange& exchange) {
    while (exchange.request().path == "/slow" && !released)
      std::this_thread::yield();
    answer_text(exchange, "done");
  });
  const Serving serving = serve(application);
  Client slow(address_);
  slow.send("GET /slow HTTP/1.1\r\nHost: h\r\n\r\n");
  while (scoreboard_->core(1, 0).since == 0)
    std::this_thread::yield();
  EXPECT_THAT(get("/"), StartsWith("HTTP/1.1 503"));
  released = true;
  EXPECT_THAT(slow.read_until("done"), StartsWith("HTTP/1.1 200"));
  stop();
  EXPECT_EQ(scoreboard_->worker(1).queue_timeouts, 1U);
}

}  // namespace
}  // namespace penstock::server
