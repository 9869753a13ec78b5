// SPDX-License-Identifier: MIT
#include "console/stats_client.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "base/fd.h"
#include "console/connect.h"

namespace penstock::console {
namespace {

constexpr std::string_view kScheme = "http://";
constexpr milliseconds kUnasked{500};  // a server that wants no request speaks sooner
constexpr std::size_t kLargest = 256U << 20;

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
