// SPDX-License-Identifier: MIT
// The bytes of one request in each protocol. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace penstock::bench {

enum class Protocol : std::uint8_t { Http, Uwsgi, Fastcgi, Scgi };

std::optional<Protocol> protocol_named(std::string_view name);

/// Whether a server may answer more than one request on a connection.
constexpr bool keeps_connections(Protocol protocol) {
  return protocol == Protocol::Http || protocol == Protocol::Fastcgi;
}

struct RequestOptions {
  std::string method = "GET";
  std::string target = "/";
  std::size_t body_bytes = 0;  // more than 0: sent with a Content-Length
  bool browser = false;        // the fields of a browser, not the few that every client sends
  bool close = false;  // the connection is for this request alone; uwsgi's and SCGI's always are
};

/// The same request in each protocol; for the three that send variables they are those of nginx's
/// uwsgi_params, so that the protocols are compared and not nginx's files.
std::string encode_request(Protocol protocol, const RequestOptions& options);

}  // namespace penstock::bench
