// SPDX-License-Identifier: MIT
// Socket addresses in uWSGI's spelling.
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace penstock::net {

/// A socket address, ready for bind(2) and connect(2). A value.
class Address {
 public:
  /// "127.0.0.1:80", "host:80", "[::1]:80", ":80" (all IPv4), "/run/x.sock", "./x.sock",
  /// "unix:/run/x.sock", "@abstract". Host names are resolved (may block). Not "fd://N".
  static Result<Address> parse(std::string_view text);
  static Address of(const sockaddr* raw, socklen_t size);
  /// The address that `fd` is bound to, or its peer's.
  static Result<Address> local(int fd);
  static Result<Address> peer(int fd);

  int family() const { return storage_.ss_family; }
  const sockaddr* raw() const { return reinterpret_cast<const sockaddr*>(&storage_); }
  socklen_t size() const { return size_; }
  bool is_unix() const { return family() == AF_UNIX; }

  /// "127.0.0.1:80", "[::1]:80", "/run/x.sock", "@abstract": parse() takes it back.
  std::string text() const;
  /// "127.0.0.1", "::1" (an IPv4 peer of an IPv6 socket too: "127.0.0.1"); empty for UNIX.
  std::string host() const;
  std::uint16_t port() const;  // 0 for UNIX
  std::string path() const;    // of a UNIX address in the file system; else empty

 private:
  sockaddr_storage storage_{};
  socklen_t size_ = 0;
};

}  // namespace penstock::net
