// SPDX-License-Identifier: MIT
// The authority of a request: Host field, authority of a target, :authority (RFC 9110, 7.2).
#pragma once

#include <optional>
#include <string_view>

namespace penstock::http {

/// A host and the port behind it, both as sent. The views point into the text.
struct HostPort {
  std::string_view name;  // not empty; of an IPv6 address with its brackets
  std::string_view port;  // digits; empty where none is named
};

/// Splits `uri-host [ ":" port ]`. Nothing if that is not what the text is: user information,
/// blanks, an empty name, a port beyond 65535, a bad escape.
std::optional<HostPort> parse_host(std::string_view text);

}  // namespace penstock::http
