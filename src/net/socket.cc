// SPDX-License-Identifier: MIT
// System calls on non-blocking stream sockets.
#include "net/socket.h"

#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/sendfile.h>

#include <algorithm>
#include <cerrno>

namespace penstock::net {
namespace {

template <class Call>
ssize_t repeat_if_interrupted(Call call) {
  for (;;) {
    const ssize_t result = call();
    if (result >= 0 || errno != EINTR) return result;
  }
}

Transfer sorted(ssize_t result) {
  if (result >= 0) return {Transfer::Status::Done, 0, static_cast<std::size_t>(result)};
  if (errno == EAGAIN) return {Transfer::Status::Again, 0, 0};
  return {Transfer::Status::Failed, errno, 0};
}

Transfer sorted_or_end(ssize_t result) {
  if (result == 0) return {Transfer::Status::Ended, 0, 0};
  return sorted(result);
}

Accepted::Status accept_status(int error) {
  switch (error) {
    case EAGAIN:
      return Accepted::Status::Again;
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
      return Accepted::Status::NoDescriptors;
    // accept(2) hands over errors that are already pending on the new connection, and EPERM of a
    // firewall. They say nothing about the listener.
    case ECONNABORTED:
    case EINTR:
    case EPERM:
    case EPROTO:
    case ENOPROTOOPT:
    case ETIMEDOUT:
    case ENETDOWN:
    case ENETUNREACH:
    case EHOSTDOWN:
    case EHOSTUNREACH:
    case ENONET:
    case EOPNOTSUPP:
      return Accepted::Status::Lost;
    default:
      return Accepted::Status::Failed;
  }
}

}  // namespace

Transfer read_some(int socket, std::span<char> room) {
  return sorted_or_end(repeat_if_interrupted(
      [&] { return ::recv(socket, room.data(), room.size(), MSG_DONTWAIT); }));
}

Transfer send_gather(int socket, std::span<const iovec> parts, int flags) {
  flags |= MSG_NOSIGNAL | MSG_DONTWAIT;
  if (parts.size() == 1) {  // which the kernel takes faster than a list
    return sorted(repeat_if_interrupted(
        [&] { return ::send(socket, parts[0].iov_base, parts[0].iov_len, flags); }));
  }
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(parts.data());
  message.msg_iovlen = std::min<std::size_t>(parts.size(), IOV_MAX);
  return sorted(repeat_if_interrupted([&] { return ::sendmsg(socket, &message, flags); }));
}

Transfer send_file(int socket, int file, std::uint64_t offset, std::size_t count) {
  auto position = static_cast<off_t>(offset);
  const ssize_t sent =
      repeat_if_interrupted([&] { return ::sendfile(socket, file, &position, count); });
  return count == 0 ? sorted(sent) : sorted_or_end(sent);
}

Accepted accept_one(int listener) {
  Accepted result;
  result.peer_size = sizeof result.peer;
  result.fd.reset(::accept4(listener, reinterpret_cast<sockaddr*>(&result.peer), &result.peer_size,
                            SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!result.fd) {
    result.error = errno;
    result.status = accept_status(result.error);
  }
  return result;
}

void set_no_delay(int socket) {
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

void shutdown_write(int socket) {
  ::shutdown(socket, SHUT_WR);
}

}  // namespace penstock::net
