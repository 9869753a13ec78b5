// SPDX-License-Identifier: MIT
#include "console/stats_client.h"

#include <gmock/gmock.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <thread>

#include "net/listener.h"

namespace penstock::console {
namespace {

net::ListenOptions greeting() {
  net::ListenOptions options;
  options.client_speaks_first = false;
  return options;
}

/// A server for one connection.
class OneAnswer {
 public:
  OneAnswer(std::string answer, bool waits_for_request)
      : listener_(std::move(net::listen_on("127.0.0.1:0", greeting()).value())),
        thread_([this, answer = std::move(answer), waits_for_request] {
          while (true) {
            const Fd peer{::accept4(listener_.fd.get(), nullptr, nullptr, SOCK_CLOEXEC)};
            if (!peer && errno == EAGAIN) {
              std::this_thread::yield();
              continue;
            }
            if (waits_for_request) take_request(peer);
            EXPECT_EQ(::write(peer.get(), answer.data(), answer.size()),
                      static_cast<ssize_t>(answer.size()));
            return;
          }
        }) {}
  ~OneAnswer() { thread_.join(); }

  std::string address() const { return listener_.address.text(); }
  const std::string& request() const { return request_; }

 private:
  void take_request(const Fd& peer) {
    std::array<char, 1000> room{};
    const ssize_t got = ::read(peer.get(), room.data(), room.size());
    if (got > 0) request_.assign(room.data(), static_cast<std::size_t>(got));
  }

  net::Listener listener_;
  std::string request_;
  std::thread thread_;
};

Result<std::string> fetch(const std::string& where, milliseconds patience = 60s) {
  return TRY(StatsClient::create(where)).fetch(patience);
}

TEST(StatsClient, ReadsToTheEnd) {
  const std::string large(3'000'000, 'x');
  OneAnswer server(large, false);
  EXPECT_EQ(fetch(server.address()).value(), large);
}

TEST(StatsClient, AsksAServerThatSaysNothingUnasked) {
  OneAnswer server("HTTP/1.0 200 OK\r\n\r\n{}", true);
  EXPECT_EQ(fetch(server.address()).value(), "{}");
}

TEST(StatsClient, AsksByHttp) {
  OneAnswer server("HTTP/1.1 200 OK\r\nA: b\r\n\r\n{}", true);
  EXPECT_EQ(fetch("http://" + server.address() + "/x?y").value(), "{}");
  EXPECT_THAT(server.request(), testing::StartsWith("GET /x?y HTTP/1.0\r\n"));
}

TEST(StatsClient, SaysWhatElseCame) {
  OneAnswer server("HTTP/1.1 404 Not Found\r\n\r\n", true);
  const auto answer = fetch("http://" + server.address());
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().what, testing::HasSubstr("404 Not Found"));
}

TEST(StatsClient, SaysThatNobodyIsThere) {
  const auto answer = fetch("@penstock-nobody-" + std::to_string(::getpid()));
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().what, testing::HasSubstr("Connection refused"));
}

TEST(StatsClient, DoesNotWaitForEver) {
  auto silent = std::move(net::listen_on("127.0.0.1:0", greeting()).value());
  const auto answer = fetch(silent.address.text(), 50ms);
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().what, testing::HasSubstr("no answer"));
}

}  // namespace
}  // namespace penstock::console
