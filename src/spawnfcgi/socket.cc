// SPDX-License-Identifier: MIT
#include "spawnfcgi/socket.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>

#include "net/listener.h"

namespace penstock::spawnfcgi {
namespace {

Result<Fd> open_unix(const Place& place, int backlog, const Account& owner, mode_t mode) {
  net::ListenOptions options;
  options.backlog = backlog;
  options.mode = mode;
  if (owner.user != 0) options.owner = std::to_string(owner.user);
  if (owner.group != 0) options.owner += ":" + std::to_string(owner.group);
  net::Listener listener = TRY(net::listen_on("unix:" + place.path, options));
  const int flags = ::fcntl(listener.fd.get(), F_GETFL);
  if (flags < 0 || ::fcntl(listener.fd.get(), F_SETFL, flags & ~O_NONBLOCK) < 0)
    return os_error("fcntl");
  return std::move(listener.fd);
}

/// Not by net::listen_on(), which tunes its sockets for our own server. "::" takes IPv4 too, where
/// the system says so.
Result<Fd> open_tcp(const net::Address& address, int backlog) {
  Fd socket(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket) return os_error("couldn't create socket");
  const int on = 1;
  if (::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0)
    return os_error("couldn't set SO_REUSEADDR");
  if (::bind(socket.get(), address.raw(), address.size()) < 0)
    return os_error_about(address.text(), "bind failed");
  if (::listen(socket.get(), backlog) < 0) return os_error_about(address.text(), "listen failed");
  return socket;
}

}  // namespace

Result<Fd> open_socket(const Place& place, int backlog, const Account& owner, mode_t mode) {
  if (!place.path.empty()) return open_unix(place, backlog, owner, mode);
  sockaddr_in four{};
  four.sin_family = AF_INET;
  four.sin_port = htons(place.port);
  sockaddr_in6 six{};
  six.sin6_family = AF_INET6;
  six.sin6_port = htons(place.port);
  if (::inet_pton(AF_INET, place.address.c_str(), &four.sin_addr) == 1)
    return open_tcp(net::Address::of(reinterpret_cast<sockaddr*>(&four), sizeof four), backlog);
  if (::inet_pton(AF_INET6, place.address.c_str(), &six.sin6_addr) == 1)
    return open_tcp(net::Address::of(reinterpret_cast<sockaddr*>(&six), sizeof six), backlog);
  return fail(fmt::format("'{}' is not a valid IP address", place.address));
}

}  // namespace penstock::spawnfcgi
