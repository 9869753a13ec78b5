// SPDX-License-Identifier: MIT
// The bytes of one request in each protocol. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace penstock::bench {

enum class Protocol { Http, Uwsgi };

std::optional<Protocol> protocol_named(std::string_view name);

/// Whether a server may answer more than one request on a connection.
constexpr bool keeps_connections(Protocol protocol) {
  return protocol == Protocol::Http;
}

struct RequestOptions {
  std::string method = "GET";
  std::string target = "/";
  std::size_t body_bytes = 0;  // more than 0: sent with a Content-Length
  bool browser = false;        // the fields of a browser, not the few that every client sends
  bool close = false;          // the connection is for this request alone; uwsgi's always are
};

std::string encode_request(Protocol protocol, const RequestOptions& options);

}  // namespace penstock::bench
