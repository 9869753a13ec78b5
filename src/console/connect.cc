// SPDX-License-Identifier: MIT
#include "console/connect.h"

#include <sys/socket.h>

#include <algorithm>

namespace penstock::console {

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

}  // namespace penstock::console
