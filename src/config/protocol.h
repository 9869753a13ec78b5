// SPDX-License-Identifier: MIT
// The protocols that a listening socket may speak, and their names.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace penstock::config {

enum class Protocol : std::uint8_t { Http, Uwsgi, FastCgi, Scgi };

/// As the log and --protocol call it: "http", "uwsgi", "fastcgi", "scgi".
std::string_view protocol_name(Protocol protocol);

/// One of these names, or "http11"; nothing for what we do not speak.
std::optional<Protocol> parse_protocol(std::string_view name);

}  // namespace penstock::config
