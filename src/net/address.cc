// SPDX-License-Identifier: MIT
// Socket addresses: reading them, writing them, asking a socket for them.
#include "net/address.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <memory>

#include "base/text.h"

namespace penstock::net {
namespace {

constexpr std::size_t kPathOffset = offsetof(sockaddr_un, sun_path);
constexpr std::size_t kPathRoom = sizeof(sockaddr_un::sun_path);

unexpected<Error> wrong(std::string_view text, std::string_view why) {
  return fail(fmt::format("the address '{}' {}", text, why));
}

template <class Raw>
Address from(const Raw& raw, std::size_t size = sizeof(Raw)) {
  return Address::of(reinterpret_cast<const sockaddr*>(&raw), static_cast<socklen_t>(size));
}

template <class Raw>
Raw as(const Address& address) {
  Raw raw{};
  std::memcpy(&raw, address.raw(), std::min<std::size_t>(sizeof raw, address.size()));
  return raw;
}

Result<Address> parse_unix(std::string_view text, std::string_view path) {
  if (path.empty() || path == "@") return wrong(text, "names no socket");
  const bool abstract = path[0] == '@';
  // A path ends with a zero byte; an abstract name begins with one, in place of the '@'.
  const std::size_t size = path.size() + (abstract ? 0 : 1);
  if (size > kPathRoom) {
    return wrong(text,
                 fmt::format("is too long for a UNIX socket: it may have {} bytes", kPathRoom - 1));
  }
  sockaddr_un raw{};
  raw.sun_family = AF_UNIX;
  path.copy(raw.sun_path, path.size());
  if (abstract) raw.sun_path[0] = '\0';
  return from(raw, kPathOffset + size);
}

/// The first IPv4 address of the host, or else its first IPv6 address.
Result<Address> resolve(std::string_view text, std::string_view host, std::uint16_t port,
                        int flags) {
  addrinfo hints{};
  hints.ai_flags = flags;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int code =
      ::getaddrinfo(std::string(host).c_str(), fmt::format("{}", port).c_str(), &hints, &found);
  if (code != 0) {
    const std::string reason =
        code == EAI_SYSTEM ? std::generic_category().message(errno) : ::gai_strerror(code);
    return wrong(text, fmt::format("has a host that cannot be found: {}", reason));
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
  const addrinfo* best = found;
  while (best != nullptr && best->ai_family != AF_INET)
    best = best->ai_next;
  if (best == nullptr) best = found;
  return Address::of(best->ai_addr, best->ai_addrlen);
}

Result<Address> parse_host(std::string_view text, std::string_view host, std::uint16_t port) {
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
    if (host.find(':') == host.npos) return wrong(text, "has no IPv6 address in its brackets");
    return resolve(text, host, port, AI_NUMERICHOST);  // knows scopes: fe80::1%eth0
  }
  if (host.find('*') != host.npos) {
    return wrong(text, "has a '*': give one address of this machine, or ':port' for all");
  }
  if (host.find_first_of(":[]") != host.npos) {
    return wrong(text, "is ambiguous: an IPv6 address needs brackets, as in '[::1]:80'");
  }
  sockaddr_in raw{};
  raw.sin_family = AF_INET;
  raw.sin_port = htons(port);
  if (host.empty()) return from(raw);
  if (::inet_pton(AF_INET, std::string(host).c_str(), &raw.sin_addr) == 1) return from(raw);
  return resolve(text, host, port, 0);
}

}  // namespace

Result<Address> Address::parse(std::string_view text) {
  if (text.empty()) return fail("an address is empty: give host:port, :port, /path.sock or @name");
  if (text.find('\0') != text.npos) return wrong(text, "has a zero byte in it");
  if (text.starts_with("unix:")) return parse_unix(text, text.substr(5));
  if (text.find("://") != text.npos) {
    return wrong(text, "has a scheme where only host:port, :port, /path.sock or @name can stand");
  }
  if (text[0] == '@' || text.find('/') != text.npos) return parse_unix(text, text);
  if (text[0] == '=') return wrong(text, "means a shared socket, which there is none of");
  const std::size_t colon = text.rfind(':');
  if (colon == text.npos) {
    // A plain name is a file here, as in uWSGI; but a forgotten port must not become one.
    if (text.find_first_not_of("0123456789.") != text.npos) return parse_unix(text, text);
    return wrong(text, fmt::format("has no port: give '{}:port' or ':{}'", text, text));
  }
  const auto port = text::parse_unsigned(text.substr(colon + 1));
  if (!port || *port > 65535) {
    return wrong(text, "has no port from 0 to 65535 after its last colon");
  }
  return parse_host(text, text.substr(0, colon), static_cast<std::uint16_t>(*port));
}

Address Address::of(const sockaddr* raw, socklen_t size) {
  Address address;
  address.size_ = std::min<socklen_t>(size, sizeof address.storage_);
  std::memcpy(&address.storage_, raw, address.size_);
  return address;
}

Result<Address> Address::local(int fd) {
  Address address;
  address.size_ = sizeof address.storage_;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address.storage_), &address.size_) < 0) {
    return os_error("getsockname");
  }
  return address;
}

Result<Address> Address::peer(int fd) {
  Address address;
  address.size_ = sizeof address.storage_;
  if (::getpeername(fd, reinterpret_cast<sockaddr*>(&address.storage_), &address.size_) < 0) {
    return os_error("getpeername");
  }
  return address;
}

std::string Address::text() const {
  switch (family()) {
    case AF_INET:
      return fmt::format("{}:{}", host(), port());
    case AF_INET6: {
      const auto raw6 = as<sockaddr_in6>(*this);
      std::array<char, INET6_ADDRSTRLEN> host{};
      ::inet_ntop(AF_INET6, &raw6.sin6_addr, host.data(), host.size());
      if (raw6.sin6_scope_id == 0) return fmt::format("[{}]:{}", host.data(), port());
      return fmt::format("[{}%{}]:{}", host.data(), raw6.sin6_scope_id, port());
    }
    case AF_UNIX: {
      std::string file = path();
      // A bare name is one as well, unless it could be read as something else.
      const bool plain = file.find_first_not_of("0123456789") != file.npos && file.front() != '@' &&
                         file.find(':') == file.npos;
      if (plain || file.find('/') != file.npos) return file;
      if (!file.empty() || size_ <= kPathOffset) return "unix:" + file;
      const auto raw_unix = as<sockaddr_un>(*this);
      return "@" + std::string(raw_unix.sun_path + 1, size_ - kPathOffset - 1);
    }
    default:
      return {};
  }
}

std::string Address::host() const {
  in_addr four{};
  if (family() == AF_INET) {
    four = as<sockaddr_in>(*this).sin_addr;
  } else if (family() == AF_INET6) {
    const in6_addr six = as<sockaddr_in6>(*this).sin6_addr;
    if (!IN6_IS_ADDR_V4MAPPED(&six)) {
      std::array<char, INET6_ADDRSTRLEN> host{};
      return ::inet_ntop(AF_INET6, &six, host.data(), host.size());
    }
    std::memcpy(&four, six.s6_addr + 12, sizeof four);
  } else {
    return {};
  }
  std::array<unsigned char, sizeof four> bytes{};
  std::memcpy(bytes.data(), &four, sizeof four);
  return fmt::format("{}.{}.{}.{}", bytes[0], bytes[1], bytes[2], bytes[3]);
}

std::uint16_t Address::port() const {
  if (family() == AF_INET) return ntohs(as<sockaddr_in>(*this).sin_port);
  if (family() == AF_INET6) return ntohs(as<sockaddr_in6>(*this).sin6_port);
  return 0;
}

std::string Address::path() const {
  if (!is_unix() || size_ <= kPathOffset) return {};
  const auto raw_unix = as<sockaddr_un>(*this);
  return {raw_unix.sun_path, ::strnlen(raw_unix.sun_path, size_ - kPathOffset)};
}

}  // namespace penstock::net
