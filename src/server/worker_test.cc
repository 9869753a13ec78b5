// SPDX-License-Identifier: MIT
// A whole worker over real sockets, with applications in C++ instead of Python: what the threads
// of the crew, the loop and the connections do together.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "server/worker_fixture.h"

namespace penstock::server {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

TEST_F(WorkerTest, AnswersManyClientsAtOnce) {
  constexpr int kClients = 8;
  constexpr int kRequests = 200;
  config_.worker.threads = 4;
  FunctionApplication application(app::Application::Manner::Blocking, [](app::Exchange& exchange) {
    answer_text(exchange, exchange.request().path);
  });
  const Serving serving = serve(application);
  std::vector<std::thread> clients;
  for (int i = 0; i < kClients; ++i) {
    clients.emplace_back([this, i] {
      Client client(address_);
      for (int n = 0; n < kRequests; ++n) {
        const std::string path = "/" + std::to_string(i) + "/" + std::to_string(n);
        client.send("GET " + path + " HTTP/1.1\r\nHost: h\r\n\r\n");
        EXPECT_THAT(client.read_until(path), StartsWith("HTTP/1.1 200 OK"));
      }
    });
  }
  for (std::thread& client : clients)
    client.join();
  stop();  // an answer leaves before it is counted
  EXPECT_EQ(scoreboard_->totals().requests.load(), std::uint64_t{kClients * kRequests});
}

TEST_F(WorkerTest, GoesOnWithOtherConnectionsWhileItsOnlyAppThreadIsBusy) {
  config_.worker.threads = 1;
  config_.worker.queue = 1;
  std::mutex mutex;
  std::condition_variable changed;
  bool entered = false;
  bool released = false;
  FunctionApplication application(app::Application::Manner::Blocking, [&](app::Exchange& exchange) {
    if (exchange.request().path == "/slow") {
      std::unique_lock lock(mutex);
      entered = true;
      changed.notify_all();
      changed.wait(lock, [&] { return released; });
    }
    answer_text(exchange, "done");
  });
  const Serving serving = serve(application);
  Client slow(address_);
  slow.send("GET /slow HTTP/1.1\r\nHost: h\r\n\r\n");
  {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return entered; });
  }
  EXPECT_THAT(get("bad target"), StartsWith("HTTP/1.1 400"));
  Client queued(address_);
  queued.send("GET /queued HTTP/1.1\r\nHost: h\r\n\r\n");
  while (scoreboard_->worker(1).waiting.load() == 0)
    EXPECT_THAT(get("*"), StartsWith("HTTP/1.1 400"));
  const std::string refused = get("/refused");
  EXPECT_THAT(refused, StartsWith("HTTP/1.1 503"));
  EXPECT_THAT(refused, HasSubstr("Retry-After: "));
  {
    const std::lock_guard lock(mutex);
    released = true;
    changed.notify_all();
  }
  EXPECT_THAT(slow.read_until("done"), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(queued.read_until("done"), StartsWith("HTTP/1.1 200"));
}

TEST_F(WorkerTest, AnApplicationMayAnswerLaterFromAnotherThread) {
  std::vector<std::thread> threads;
  std::mutex mutex;
  FunctionApplication application(app::Application::Manner::Prompt, [&](app::Exchange& exchange) {
    const std::lock_guard lock(mutex);
    threads.emplace_back([&exchange] { answer_text(exchange, "later"); });
  });
  const Serving serving = serve(application);
  for (int i = 0; i < 20; ++i)
    EXPECT_THAT(get("/"), HasSubstr("later"));
  stop();
  for (std::thread& thread : threads)
    thread.join();
}

TEST_F(WorkerTest, AnswersWhatIsUnderWayWhenItStops) {
  std::mutex mutex;
  std::condition_variable changed;
  bool entered = false;
  FunctionApplication application(app::Application::Manner::Blocking, [&](app::Exchange& exchange) {
    if (exchange.request().path == "/quick") return answer_text(exchange, "first");
    {
      const std::lock_guard lock(mutex);
      entered = true;
      changed.notify_all();
    }
    while (!worker_->draining)
      std::this_thread::yield();
    answer_text(exchange, "last");
  });
  const Serving serving = serve(application);
  // It has been served, and so is known: the kernel keeps connections without a byte to itself.
  Client idle(address_);
  idle.send("GET /quick HTTP/1.1\r\nHost: h\r\n\r\n");
  ASSERT_THAT(idle.read_until("first"), HasSubstr("200 OK"));
  Client client(address_);
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return entered; });
  }
  stop();
  const std::string answer = client.read_to_end();
  EXPECT_THAT(answer, HasSubstr("Connection: close"));
  EXPECT_THAT(answer, HasSubstr("last"));
  EXPECT_EQ(idle.read_to_end(), "");
}

TEST_F(WorkerTest, StreamsMoreThanAClientReadsWithoutHoldingTheAppThread) {
  config_.worker.threads = 1;
  const std::string large(8 << 20, 'x');
  FunctionApplication application(app::Application::Manner::Blocking, [&](app::Exchange& exchange) {
    answer_text(exchange, exchange.request().path == "/large" ? std::string_view(large) : "small");
  });
  const Serving serving = serve(application);
  std::vector<std::unique_ptr<Client>> lazy;
  for (int i = 0; i < 10; ++i) {
    lazy.push_back(std::make_unique<Client>(address_));
    lazy.back()->send("GET /large HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  }
  EXPECT_THAT(get("/"), HasSubstr("small"));
  for (const auto& client : lazy) {
    const std::string answer = client->read_to_end();
    EXPECT_EQ(answer.size() - answer.find("\r\n\r\n") - 4, large.size());
  }
}

TEST_F(WorkerTest, SendsSmallPartsThatFollowOneAnotherThoughTheApplicationPauses) {
  Gate gate;
  std::atomic<int> taken{0};
  FunctionApplication application(app::Application::Manner::Blocking, [&](app::Exchange& exchange) {
    start_answer(exchange, std::nullopt);
    const std::string_view first = "first";
    for (const std::string_view part : {"second", "third"}) {
      // Whatever else the machine does: closely behind one another at last.
      do {
        static_cast<void>(exchange.send({&first, 1}));
      } while (!exchange.send_soon(part));
      ++taken;
    }
    gate.enter();
    exchange.finish({});
  });
  const Serving serving = serve(application);
  Client client(address_);
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  gate.wait_for(1);
  EXPECT_THAT(client.read_until("third"), HasSubstr("second"));
  EXPECT_EQ(taken.load(), 2);
  gate.open();
  EXPECT_THAT(client.read_until("0\r\n\r\n"), EndsWith("0\r\n\r\n"));
}

TEST_F(WorkerTest, SurvivesClientsThatLeaveInTheMiddleOfTheirAnswer) {
  config_.worker.threads = 2;
  FunctionApplication application(app::Application::Manner::Blocking, [](app::Exchange& exchange) {
    start_answer(exchange);
    const std::string part(256 * 1024, 'x');
    const std::string_view view = part;
    for (int i = 0; i < 200; ++i) {
      if (!exchange.send({&view, 1})) break;
    }
    exchange.finish({});
  });
  const Serving serving = serve(application);
  for (int i = 0; i < 20; ++i) {
    Client client(address_);
    client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    client.read_until("\r\n\r\n");
    client.close();
  }
  while (scoreboard_->worker(1).connections.load() > 0)
    std::this_thread::yield();
}

TEST_F(WorkerTest, PassesOnASpooledBodyWhole) {
  config_.limits.body_memory = 1000;
  FunctionApplication application(app::Application::Manner::Blocking, [](app::Exchange& exchange) {
    EXPECT_TRUE(exchange.body().spooled());
    std::string body(exchange.body().size(), '\0');
    ASSERT_TRUE(exchange.body().read_at(0, body));
    answer_text(exchange, body.substr(body.size() - 5));
  });
  const Serving serving = serve(application);
  Client client(address_);
  const std::string body = std::string(300'000, 'x') + "tail!";
  client.send("POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: " +
              std::to_string(body.size()) + "\r\n\r\n" + body);
  EXPECT_THAT(client.read_to_end(), HasSubstr("tail!"));
}

TEST_F(WorkerTest, KeepsLargeBodiesInMemoryWhileTheirBudgetLasts) {
  constexpr std::size_t kSize = config::LimitConfig::kLargeBodyMemory;
  constexpr int kMost = config::LimitConfig::kLargeBodiesMemory / kSize;
  config_.worker.threads = kMost + 1;
  Gate gate;
  FunctionApplication application(app::Application::Manner::Blocking, [&](app::Exchange& exchange) {
    gate.enter();
    std::string tail(5, '\0');
    ASSERT_TRUE(exchange.body().read_at(kSize - 5, tail));
    answer_text(exchange, (exchange.body().spooled() ? "spooled " : "in memory ") + tail);
  });
  const Serving serving = serve(application);
  const std::string request =
      "POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: " +
      std::to_string(kSize) + "\r\n\r\n" + std::string(kSize - 5, 'x') + "tail!";
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 1; i <= kMost + 1; ++i) {
    clients.push_back(std::make_unique<Client>(address_));
    clients.back()->send(request);
    gate.wait_for(i);
  }
  gate.open();
  for (int i = 0; i < kMost; ++i)
    EXPECT_THAT(clients[static_cast<std::size_t>(i)]->read_to_end(), EndsWith("in memory tail!"));
  EXPECT_THAT(clients.back()->read_to_end(), EndsWith("spooled tail!"));

  Client later(address_);
  later.send(request);
  EXPECT_THAT(later.read_to_end(), EndsWith("in memory tail!"));
}

TEST_F(WorkerTest, TakesWhatFollowsALargeBodyForTheNextRequest) {
  FunctionApplication application(app::Application::Manner::Blocking, [](app::Exchange& exchange) {
    std::string body(exchange.body().size(), '\0');
    if (!body.empty()) {
      ASSERT_TRUE(exchange.body().read_at(0, body));
    }
    answer_text(exchange, std::string(exchange.request().path) + body);
  });
  const Serving serving = serve(application);
  Client client(address_);
  for (const std::size_t size : {65537U, 131072U, 400000U, 1U << 20, (1U << 20) + 1, 3000000U}) {
    std::string body(size, '\0');
    for (std::size_t i = 0; i < size; ++i)
      body[i] = static_cast<char>('a' + (i % 23) + (i >> 16) % 3);
    client.send("POST /first HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(size) +
                "\r\n\r\n" + body + "GET /second HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_THAT(client.read_until("\r\n\r\n"), StartsWith("HTTP/1.1 200"));
    EXPECT_TRUE(client.read_exactly(size + 6) == "/first" + body) << size;
    EXPECT_THAT(client.read_until("\r\n\r\n"), StartsWith("HTTP/1.1 200"));
    EXPECT_EQ(client.read_exactly(7), "/second");
  }
}

TEST_F(WorkerTest, RefusesALargeBodyThatEndsInItsMiddle) {
  FunctionApplication application(app::Application::Manner::Blocking,
                                  [](app::Exchange& exchange) { answer_text(exchange, "called"); });
  const Serving serving = serve(application);
  Client client(address_);
  client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n" +
              std::string(999'999, 'x'));
  client.end_sending();
  EXPECT_THAT(client.read_to_end(), StartsWith("HTTP/1.1 400"));
}

TEST_F(WorkerTest, KeepsABodyThatCameInOnePieceWhereItsHeadHadFilledTheBuffer) {
  config_.worker.threads = 2;
  Gate gate;
  FunctionApplication application(app::Application::Manner::Blocking, [&](app::Exchange& exchange) {
    if (exchange.request().method == "POST") gate.enter();
    answer_text(exchange, exchange.body().memory());
  });
  const Serving serving = serve(application);
  const std::string body(100, 'b');
  Client client(address_);
  client.send("POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 100\r\nX: " +
              std::string(15'000, 'x') + "\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_THAT(client.read_until("\r\n\r\n"), StartsWith("HTTP/1.1 100"));
  client.send(body);
  gate.wait_for(1);
  EXPECT_THAT(get("/" + std::string(1000, 'o')), StartsWith("HTTP/1.1 200"));
  gate.open();
  const std::string answer = client.read_to_end();
  EXPECT_EQ(answer.substr(answer.find("\r\n\r\n") + 4), body);
}

}  // namespace
}  // namespace penstock::server
