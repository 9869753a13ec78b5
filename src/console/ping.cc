// SPDX-License-Identifier: MIT
#include "console/ping.h"

#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "console/connect.h"
#include "net/address.h"

namespace penstock::console {
namespace {

constexpr std::uint8_t kPing = 100;  // modifier1; modifier2 is 0 in the question, 1 in the answer
constexpr std::array<std::uint8_t, 4> kQuestion{kPing, 0, 0, 0};

Result<> ask(int socket, SteadyTime deadline) {
  // So short that an empty socket takes it whole.
  if (::send(socket, kQuestion.data(), kQuestion.size(), MSG_NOSIGNAL) < 0) return os_error("send");
  std::array<std::uint8_t, 4> answer{};
  for (std::size_t have = 0; have < answer.size();) {
    if (!TRY(wait_for(socket, POLLIN, deadline))) return fail("no answer");
    const ssize_t got = ::recv(socket, answer.data() + have, answer.size() - have, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (got < 0) return os_error("recv");
    if (got == 0) return fail("closed without an answer");
    have += static_cast<std::size_t>(got);
  }
  if (answer[0] != kPing || answer[3] != 1) return fail("the answer is none of a uwsgi server");
  return {};
}

}  // namespace

Result<> ping(const std::string& address, milliseconds patience) {
  const SteadyTime deadline = steady_now() + patience;
  const net::Address where = TRY(net::Address::parse(address));
  auto socket = connect_to(where, deadline);
  if (!socket) return unexpected(std::move(socket).error().about(address));
  auto done = ask(socket->get(), deadline);
  if (!done) return unexpected(std::move(done).error().about(address));
  return {};
}

}  // namespace penstock::console
