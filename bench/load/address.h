// SPDX-License-Identifier: MIT
// Where the server listens: 127.0.0.1:8000 or /path/of/a.socket.
#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace penstock::bench {

class ServerAddress {
 public:
  static Result<ServerAddress> parse(const std::string& text);

  /// A non-blocking connection, which may still be in the making. To a loopback address it comes
  /// from one of many: one alone has not enough ports for a connection with each request.
  Result<Fd> connect(std::size_t client) const;

 private:
  sockaddr_storage storage_{};
  socklen_t size_ = 0;
};

}  // namespace penstock::bench
