// SPDX-License-Identifier: MIT
#include "load/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/un.h>

#include <cstring>

#include "base/text.h"

namespace penstock::bench {
namespace {

/// Binds to 127.0.0.2 to 127.0.0.251; the port is chosen at the connect.
void bind_to_a_source(const Fd& socket, std::size_t client) {
  const int on = 1;
  ::setsockopt(socket.get(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  sockaddr_in source{};
  source.sin_family = AF_INET;
  source.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + static_cast<std::uint32_t>(client % 250));
  // Without it the connection comes from 127.0.0.1, which is good as well.
  static_cast<void>(
      ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&source), sizeof source));
}

bool is_loopback(const sockaddr_storage& address) {
  sockaddr_in remote{};
  std::memcpy(&remote, &address, sizeof remote);
  return remote.sin_family == AF_INET && ntohl(remote.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
}

}  // namespace

Result<ServerAddress> ServerAddress::parse(const std::string& text) {
  ServerAddress address;
  if (text.starts_with('/')) {
    sockaddr_un local{};
    if (text.size() >= sizeof local.sun_path) return fail(text + ": too long for a socket");
    local.sun_family = AF_UNIX;
    std::memcpy(local.sun_path, text.data(), text.size());
    std::memcpy(&address.storage_, &local, sizeof local);
    address.size_ = sizeof local;
    return address;
  }
  const std::size_t colon = text.rfind(':');
  const auto port =
      colon == text.npos ? std::nullopt : text::parse_unsigned(text.substr(colon + 1));
  sockaddr_in remote{};
  remote.sin_family = AF_INET;
  if (!port || *port > 65535 ||
      ::inet_pton(AF_INET, text.substr(0, colon).c_str(), &remote.sin_addr) != 1) {
    return fail(text + ": neither IPv4:PORT nor the path of a socket");
  }
  remote.sin_port = htons(static_cast<std::uint16_t>(*port));
  std::memcpy(&address.storage_, &remote, sizeof remote);
  address.size_ = sizeof remote;
  return address;
}

Result<Fd> ServerAddress::connect(std::size_t client) const {
  Fd socket(::socket(storage_.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket) return os_error("socket");
  if (storage_.ss_family == AF_INET) {
    const int on = 1;
    ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  if (is_loopback(storage_)) bind_to_a_source(socket, client);
  const int connected =
      ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&storage_), size_);
  if (connected < 0 && errno != EINPROGRESS) return os_error("connect");
  return socket;
}

}  // namespace penstock::bench
