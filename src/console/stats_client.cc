// SPDX-License-Identifier: MIT
#include "console/stats_client.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "base/fd.h"

namespace penstock::console {
namespace {

constexpr std::string_view kScheme = "http://";
constexpr milliseconds kUnasked{500};  // a server that wants no request speaks sooner
constexpr std::size_t kLargest = 256U << 20;

/// Until `deadline`; false: it has passed.
Result<bool> wait_for(int fd, short events, SteadyTime deadline) {
  const auto left = std::chrono::ceil<milliseconds>(deadline - steady_now());
  pollfd one{fd, events, 0};
  const int ready = ::poll(&one, 1, static_cast<int>(std::max(left, 0ms).count()));
  if (ready < 0 && errno == EINTR) return true;
  if (ready < 0) return os_error("poll");
  return ready > 0;
}

Result<Fd> connect_to(const net::Address& address, SteadyTime deadline) {
  Fd socket{::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  if (!socket) return os_error("socket");
  if (::connect(socket.get(), address.raw(), address.size()) == 0) return socket;
  if (errno != EINPROGRESS) return os_error("connect");
  if (!TRY(wait_for(socket.get(), POLLOUT, deadline))) return fail("connect: no answer");
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return os_error("connect", error);
  return socket;
}

/// The body of an answer by HTTP; other text as it is.
Result<std::string> body_of(std::string answer) {
  if (!answer.starts_with("HTTP/")) return answer;
  const std::size_t blank = answer.find(' ');
  const std::size_t end = answer.find("\r\n\r\n");
  if (end == std::string::npos) return fail("the answer is cut short");
  if (answer.compare(blank, 5, " 200 ") != 0)
    return fail("the answer is " + answer.substr(0, std::min(answer.find('\r'), std::size_t{80})));
  return answer.substr(end + 4);
}

}  // namespace

Result<StatsClient> StatsClient::create(const std::string& where) {
  const bool by_http = where.starts_with(kScheme);
  std::string authority = by_http ? where.substr(kScheme.size()) : where;
  std::string path = "/";
  if (const std::size_t slash = authority.find('/'); by_http && slash != std::string::npos) {
    path = authority.substr(slash);
    authority.resize(slash);
  }
  if (by_http && authority.find(':') == std::string::npos) authority += ":80";
  return StatsClient(where, TRY(net::Address::parse(authority)), std::move(path), by_http);
}

Result<std::string> StatsClient::fetch(milliseconds patience) {
  const SteadyTime deadline = steady_now() + patience;
  auto socket = connect_to(address_, deadline);
  if (!socket) return unexpected(std::move(socket).error().about(where_));
  const std::string request = "GET " + path_ + " HTTP/1.0\r\n\r\n";
  bool asked = false;
  std::string answer;
  std::array<char, 65536> room{};
  for (;;) {
    if (by_http_ && !asked) {
      // So short that an empty socket takes it whole.
      if (::send(socket->get(), request.data(), request.size(), MSG_NOSIGNAL) < 0)
        return os_error_about(where_, "send");
      asked = true;
    }
    const SteadyTime until = asked ? deadline : std::min(deadline, steady_now() + kUnasked);
    if (!TRY(wait_for(socket->get(), POLLIN, until))) {
      if (answer.empty() && !asked && until < deadline) {
        by_http_ = true;
        continue;
      }
      if (steady_now() >= deadline) return fail(where_ + ": no answer");
      continue;
    }
    const ssize_t got = ::recv(socket->get(), room.data(), room.size(), 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (got < 0) return os_error_about(where_, "recv");
    if (got == 0) break;
    answer.append(room.data(), static_cast<std::size_t>(got));
    if (answer.size() > kLargest) return fail(where_ + ": the answer has no end");
  }
  auto body = body_of(std::move(answer));
  if (!body) return unexpected(std::move(body).error().about(where_));
  return body;
}

}  // namespace penstock::console
