// SPDX-License-Identifier: MIT
#include "supervisor/stats_server.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <array>

namespace penstock::supervisor {
namespace {

class StatsServerTest : public testing::Test {
 protected:
  StatsServerTest() : loop_(std::move(net::Loop::create().value())) {}

  void open(StatsKind kind) {
    auto listener = net::listen_on(
        "@penstock-stats-" + std::to_string(::getpid()) + "-" + std::to_string(++opened_), {});
    ASSERT_TRUE(listener) << listener.error().what;
    address_ = listener->address;
    std::vector<StatsListener> listeners;
    listeners.push_back({kind, std::move(*listener), service::OwnedFile{}, {}});
    auto server =
        StatsServer::create(*loop_, std::move(listeners), [this](StatsKind) { return content_; });
    ASSERT_TRUE(server) << server.error().what;
    server_ = std::move(*server);
  }

  Fd connect() {
    Fd fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    EXPECT_EQ(::connect(fd.get(), address_.raw(), address_.size()), 0);
    return fd;
  }

  void turn() {
    loop_->collect(0ms);
    while (loop_->dispatch_next()) {
    }
  }

  /// What comes until the end of the stream.
  std::string read_all(const Fd& fd) {
    std::string all;
    std::array<char, 65536> room{};
    for (;;) {
      turn();
      const ssize_t got = ::read(fd.get(), room.data(), room.size());
      if (got == 0) return all;
      if (got > 0) all.append(room.data(), static_cast<std::size_t>(got));
    }
  }

  std::string content_ = "content";
  std::unique_ptr<net::Loop> loop_;
  net::Address address_;
  std::unique_ptr<StatsServer> server_;
  int opened_ = 0;
};

TEST_F(StatsServerTest, GivesItsContentToWhoeverConnects) {
  open(StatsKind::Json);
  const Fd first = connect();
  const Fd second = connect();
  EXPECT_EQ(read_all(second), "content");
  EXPECT_EQ(read_all(first), "content");
}

TEST_F(StatsServerTest, GivesMoreThanASocketHolds) {
  open(StatsKind::Json);
  content_.assign(8'000'000, 'x');
  EXPECT_EQ(read_all(connect()).size(), content_.size());
}

TEST_F(StatsServerTest, ServesOthersWhileSomebodyDoesNotRead) {
  open(StatsKind::Json);
  content_.assign(8'000'000, 'x');
  const Fd slow = connect();
  turn();
  EXPECT_EQ(server_->visitors(), 1u);
  content_ = "short";
  EXPECT_EQ(read_all(connect()), "short");
  EXPECT_EQ(read_all(slow).size(), 8'000'000u);
}

TEST_F(StatsServerTest, ForgetsWhoLeaves) {
  open(StatsKind::Metrics);
  {
    const Fd visitor = connect();
    turn();
    EXPECT_EQ(server_->visitors(), 1u);
  }
  turn();
  EXPECT_EQ(server_->visitors(), 0u);
}

TEST_F(StatsServerTest, LetsTheOldestGoForAnother) {
  open(StatsKind::Metrics);
  std::vector<Fd> idle;
  for (std::size_t i = 0; i <= StatsServer::kMostVisitors; ++i) {
    idle.push_back(connect());
    turn();
  }
  EXPECT_EQ(server_->visitors(), StatsServer::kMostVisitors);
  EXPECT_EQ(read_all(idle.front()), "");
  const Fd last = connect();
  ASSERT_GT(::write(last.get(), "GET /metrics HTTP/1.1\r\n\r\n", 25), 0);
  EXPECT_THAT(read_all(last), testing::EndsWith("content"));
}

TEST_F(StatsServerTest, GivesUpOnWhoNeverAsks) {
  open(StatsKind::Metrics);
  const Fd silent = connect();
  turn();
  ASSERT_EQ(server_->visitors(), 1u);
  loop_->timers().expire(steady_now() + 1h);
  EXPECT_EQ(server_->visitors(), 0u);
}

}  // namespace
}  // namespace penstock::supervisor
