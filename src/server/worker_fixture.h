// SPDX-License-Identifier: MIT
// For tests: a worker over real sockets, an application in C++, and a client that blocks.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "net/listener.h"
#include "server/worker.h"

namespace penstock::server {

/// "200 OK" and no fields; the body follows.
inline void start_answer(app::Exchange& exchange,
                         std::optional<std::uint64_t> body_length = std::nullopt) {
  http::ResponseHead head;
  head.status_line = "200 OK";
  ASSERT_TRUE(http::check_response_head(head));
  exchange.start(head, body_length);
}

inline void answer_text(app::Exchange& exchange, std::string_view text) {
  start_answer(exchange, text.size());
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

/// Threads meet here, and wait for each other.
class Gate {
 public:
  void enter() {
    std::unique_lock lock(mutex_);
    ++inside_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
  }
  void wait_for(int visitors) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return inside_ >= visitors; });
  }
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int inside_ = 0;
  bool open_ = false;
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
  /// Sends what the socket takes at once; how much that was.
  std::size_t send_some(std::string_view bytes) {
    const ssize_t sent =
        ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    return sent > 0 ? static_cast<std::size_t>(sent) : 0;
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
  /// Fewer only at the end of the stream.
  std::string read_exactly(std::size_t size) {
    while (received_.size() < size && receive()) {
    }
    std::string bytes = received_.substr(0, size);
    received_.erase(0, bytes.size());
    return bytes;
  }
  std::string read_to_end() {
    while (receive()) {
    }
    return std::exchange(received_, {});
  }
  void end_sending() { EXPECT_EQ(::shutdown(socket_.get(), SHUT_WR), 0); }
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

  Serving serve(
      app::Application& application, const std::function<void(Worker&)>& prepare = [](Worker&) {}) {
    config_.limits.spool_directory = testing::TempDir();
    config_.log.requests = false;
    scoreboard_.emplace(std::move(*stats::Scoreboard::create(1, 1024)));
    worker_ = std::move(*Worker::create(config_, application, *scoreboard_, {1, 1}));
    auto listener = net::listen_on("127.0.0.1:0", {});
    EXPECT_TRUE(listener);
    address_ = listener->address;
    EXPECT_TRUE(worker_->listen(std::move(listener->fd), protocol_));
    stopper_ = std::make_unique<Stopper>(*worker_);
    prepare(*worker_);
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
  config::Protocol protocol_ = config::Protocol::Http;
  net::Address address_;
  std::optional<stats::Scoreboard> scoreboard_;
  std::unique_ptr<Worker> worker_;
  std::unique_ptr<Stopper> stopper_;
  std::thread thread_;
};

}  // namespace penstock::server
