// SPDX-License-Identifier: MIT
// The least that a server can do: one thread that waits, reads, looks for the end of the head and
// writes an answer made beforehand. What a real server costs more than this is its own.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <CLI/CLI.hpp>
#include <array>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"

namespace penstock::bench {
namespace {

struct Options {
  std::uint16_t port = 0;
  std::size_t body_bytes = 10;
  std::size_t chunks = 0;  // 0: a Content-Length
  int processes = 1;
  bool echo = false;
};

constexpr std::string_view kHead =
    "HTTP/1.1 200 OK\r\nServer: floor\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\n"
    "Content-Type: text/plain\r\n";
constexpr std::string_view kHeadEnd = "\r\n\r\n";
constexpr std::string_view kLength = "Content-Length: ";

std::string with_length(std::string_view body) {
  std::string answer(kHead);
  answer += kLength;
  answer += std::to_string(body.size());
  return answer.append(kHeadEnd).append(body);
}

std::string in_chunks(std::string_view body, std::size_t chunks) {
  std::string answer(kHead);
  answer += "Transfer-Encoding: chunked\r\n\r\n";
  const std::size_t size = body.size() / chunks;
  std::array<char, 16> digits{};
  const auto end = std::to_chars(digits.begin(), digits.end(), size, 16).ptr;
  for (std::size_t i = 0; i < chunks; ++i) {
    answer.append(digits.data(), end).append("\r\n");
    answer.append(body.substr(i * size, size)).append("\r\n");
  }
  return answer.append("0\r\n\r\n");
}

[[noreturn]] void die(const char* call) {
  std::perror(call);
  std::exit(1);
}

struct Client {
  explicit Client(Fd socket_) : socket(std::move(socket_)) {}
  Fd socket;
  std::string unread;  // only what one read could not complete
  std::string unsent;  // only what one write could not take
};

/// The size of the first request in `bytes`, or 0 if it is not whole; the body it carries.
std::size_t request_size(std::string_view bytes, std::string_view& body) {
  const std::size_t head = bytes.find(kHeadEnd);
  if (head == bytes.npos) return 0;
  std::size_t body_size = 0;
  if (bytes.front() == 'P') {  // of POST
    const std::size_t at = bytes.substr(0, head).find(kLength);
    if (at == bytes.npos) return head + kHeadEnd.size();
    std::from_chars(bytes.data() + at + kLength.size(), bytes.data() + head, body_size);
  }
  body = bytes.substr(head + kHeadEnd.size(), body_size);
  return body.size() < body_size ? 0 : head + kHeadEnd.size() + body_size;
}

class Floor {
 public:
  Floor(Fd listener, const Options& options)
      : listener_(std::move(listener)),
        epoll_(::epoll_create1(EPOLL_CLOEXEC)),
        echo_(options.echo) {
    const std::string body(options.body_bytes, 'x');
    answer_ = options.chunks == 0 ? with_length(body) : in_chunks(body, options.chunks);
    if (!epoll_) die("epoll_create1");
    watch(listener_.get(), EPOLLIN | EPOLLEXCLUSIVE, nullptr);
  }

  void run() {
    std::array<epoll_event, 256> events;
    for (;;) {
      const int count =
          ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), -1);
      for (int i = 0; i < count; ++i) {
        auto* const client = static_cast<Client*>(events[static_cast<std::size_t>(i)].data.ptr);
        if (!client) {
          accept_one();
        } else if (!serve(*client)) {
          delete client;
        }
      }
    }
  }

 private:
  void watch(int fd, std::uint32_t what, Client* client) {
    epoll_event event{};
    event.events = what;
    event.data.ptr = client;
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) < 0) die("epoll_ctl");
  }

  void accept_one() {
    Fd socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!socket) return;
    const int on = 1;
    ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    auto client = std::make_unique<Client>(std::move(socket));
    const int fd = client->socket.get();
    watch(fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, client.release());
  }

  /// False: the client is gone.
  bool serve(Client& client) {
    if (!client.unsent.empty() && !send(client, {})) return false;
    for (;;) {
      const ssize_t count = ::recv(client.socket.get(), buffer_.data(), buffer_.size(), 0);
      if (count < 0) return errno == EAGAIN;
      if (count == 0) return false;
      if (!take(client, {buffer_.data(), static_cast<std::size_t>(count)})) return false;
      if (static_cast<std::size_t>(count) < buffer_.size()) return true;
    }
  }

  bool take(Client& client, std::string_view bytes) {
    const bool rest = !client.unread.empty();
    if (rest) bytes = client.unread.append(bytes);
    output_.clear();
    std::string_view body;
    std::size_t requests = 0;
    std::size_t used = 0;
    while (used < bytes.size()) {
      const std::size_t size = request_size(bytes.substr(used), body);
      if (size == 0) break;
      used += size;
      ++requests;
      if (echo_) {
        output_ += with_length(body);
      } else if (requests > 1 || used < bytes.size()) {
        output_ += answer_;
      }
    }
    const std::string_view answer = output_.empty() && requests > 0 ? answer_ : output_;
    const bool alive = answer.empty() || send(client, answer);
    if (used < bytes.size() || rest) client.unread = std::string(bytes.substr(used));
    return alive;
  }

  bool send(Client& client, std::string_view bytes) {
    if (!client.unsent.empty()) bytes = client.unsent.append(bytes);
    const ssize_t count = ::send(client.socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count < 0 && errno != EAGAIN) return false;
    const auto sent = static_cast<std::size_t>(std::max<ssize_t>(count, 0));
    if (sent < bytes.size() || !client.unsent.empty()) {
      client.unsent = std::string(bytes.substr(sent));
    }
    return true;
  }

  Fd listener_;
  Fd epoll_;
  const bool echo_;
  std::string answer_;
  std::string output_;
  std::vector<char> buffer_ = std::vector<char>(64 * 1024);
};

Fd listen_on(std::uint16_t port) {
  Fd listener(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int on = 1;
  ::setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0) {
    die("bind");
  }
  if (::listen(listener.get(), 4096) < 0) die("listen");
  return listener;
}

}  // namespace
}  // namespace penstock::bench

int main(int argc, char** argv) {
  using namespace penstock::bench;
  Options options;
  CLI::App program("A bare responder");
  program.add_option("--port", options.port)->required();
  program.add_option("--body-bytes", options.body_bytes);
  program.add_option("--chunks", options.chunks);
  program.add_option("--processes", options.processes);
  program.add_flag("--echo", options.echo, "Answer with the request's body");
  CLI11_PARSE(program, argc, argv);

  penstock::Fd listener = listen_on(options.port);
  for (int i = 1; i < options.processes; ++i) {
    if (::fork() == 0) break;
  }
  Floor(std::move(listener), options).run();
}
