// SPDX-License-Identifier: MIT
// What a listening socket means to the connections that it accepts.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/config.h"
#include "net/address.h"
#include "proto/fastcgi/session.h"
#include "proto/session.h"

namespace penstock::server {

struct Port {
  config::Protocol protocol = config::Protocol::Http;
  net::Address address;
  std::string server_name;  // SERVER_NAME and SERVER_PORT of requests that name no host
  std::string server_port;
  proto::fastcgi::Capacity capacity{};
  std::optional<std::vector<std::string>> peers;  // IP addresses; nothing: everybody is served

  /// Whether connections from `peer` are served; those of a UNIX socket are.
  bool admits(const net::Address& peer) const;

  /// The protocol of one new connection. What `endpoints` refers to outlives it.
  std::unique_ptr<proto::Session> new_session(const proto::Endpoints& endpoints,
                                              const proto::Limits& limits) const;
};

}  // namespace penstock::server
