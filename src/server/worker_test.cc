// SPDX-License-Identifier: MIT
// A whole worker over real sockets, with applications in C++ instead of Python: what the threads
// of the crew, the loop and the connections do together.
#include "server/worker.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <condition_variable>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "net/listener.h"

namespace penstock::server {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

void answer_text(app::Exchange& exchange, std::string_view text) {
  http::ResponseHead head;
  head.status_line = "200 OK";
  ASSERT_TRUE(http::check_response_head(head));
  exchange.start(head, text.size());
  exchange.finish({&text, 1});
}

class FunctionApplication final : public app::Application {
 public:
  FunctionApplication(Manner manner, std::function<void(app::Exchange&)> action)
      : manner_(manner), action_(std::move(action)) {}
  Manner manner() const override { return manner_; }
  void answer(app::Exchange& exchange) noexcept override { action_(exchange); }

 private:
  const Manner manner_;
  std::function<void(app::Exchange&)> action_;
};

/// One client connection that blocks, as a test can.
class Client {
 public:
  explicit Client(const net::Address& address)
      : socket_(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const timeval patience{20, 0};
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    EXPECT_EQ(::connect(socket_.get(), address.raw(), address.size()), 0);
  }
  void send(std::string_view bytes) {
    EXPECT_EQ(::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }
  /// Reads until `end` has come, or the end of the stream. What follows is kept for later.
  std::string read_until(std::string_view end) {
    for (std::size_t searched = 0;;) {
      const std::size_t at = received_.find(end, searched);
      if (at != std::string::npos) {
        std::string all = received_.substr(0, at + end.size());
        received_.erase(0, all.size());
        return all;
      }
      searched = received_.size() < end.size() ? 0 : received_.size() - end.size();
      if (!receive()) return std::exchange(received_, {});
    }
  }
  std::string read_to_end() {
    while (receive()) {
    }
    return std::exchange(received_, {});
  }
  void close() { socket_.reset(); }

 private:
  bool receive() {
    char bytes[64 * 1024];
    const ssize_t count = ::recv(socket_.get(), bytes, sizeof bytes, 0);
    if (count > 0) received_.append(bytes, static_cast<std::size_t>(count));
    return count > 0;
  }

  Fd socket_;
  std::string received_;
};

class WorkerTest : public testing::Test {
 protected:
  /// Ends the worker before what its application refers to dies.
  class [[nodiscard]] Serving {
   public:
    explicit Serving(WorkerTest& test) : test_(test) {}
    ~Serving() { test_.stop(); }
    Serving(const Serving&) = delete;
    Serving& operator=(const Serving&) = delete;

   private:
    WorkerTest& test_;
  };

  Serving serve(app::Application& application) {
    config_.limits.spool_directory = testing::TempDir();
    config_.log.requests = false;
    scoreboard_.emplace(std::move(*stats::Scoreboard::create(1, 1024)));
    worker_ = std::move(*Worker::create(config_, application, *scoreboard_, {1, 1}));
    auto listener = net::listen_on("127.0.0.1:0", {});
    EXPECT_TRUE(listener);
    address_ = listener->address;
    EXPECT_TRUE(worker_->listen(std::move(listener->fd), config::Protocol::Http));
    stopper_ = std::make_unique<Stopper>(*worker_);
    thread_ = std::thread([this] { worker_->run({}); });
    return Serving(*this);
  }

  void stop() {
    if (!thread_.joinable()) return;
    stopper_->stop();
    thread_.join();
  }

  std::string get(std::string_view target) {
    Client client(address_);
    client.send("GET " + std::string(target) + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    return client.read_to_end();
  }

  /// Brings stop() onto the loop's thread, as the channel to the master does.
  class Stopper final : public net::Watcher {
   public:
    explicit Stopper(Worker& worker) : worker_(worker) {
      int ends[2];
      EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
      read_.reset(ends[0]);
      write_.reset(ends[1]);
      EXPECT_TRUE(worker.loop.watch(read_.get(), EPOLLIN, *this));
    }
    ~Stopper() { worker_.loop.forget(read_.get(), *this); }
    void stop() { EXPECT_EQ(::write(write_.get(), "x", 1), 1); }
    void on_ready(std::uint32_t) override {
      char byte = 0;
      EXPECT_EQ(::read(read_.get(), &byte, 1), 1);
      worker_.stop(20s);
    }

   private:
    Worker& worker_;
    Fd read_;
    Fd write_;
  };

  config::Config config_;
  net::Address address_;
  std::optional<stats::Scoreboard> scoreboard_;
  std::unique_ptr<Worker> worker_;
  std::unique_ptr<Stopper> stopper_;
  std::thread thread_;
};

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
  Client idle(address_);
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

TEST_F(WorkerTest, SurvivesClientsThatLeaveInTheMiddleOfTheirAnswer) {
  config_.worker.threads = 2;
  FunctionApplication application(app::Application::Manner::Blocking, [](app::Exchange& exchange) {
    http::ResponseHead head;
    head.status_line = "200 OK";
    ASSERT_TRUE(http::check_response_head(head));
    exchange.start(head);
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

}  // namespace
}  // namespace penstock::server
