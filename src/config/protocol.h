// SPDX-License-Identifier: MIT
// The protocols that a listening socket may speak, and their names.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace penstock::config {

/// The last two answer with the status line of HTTP instead of CGI's Status field.
enum class Protocol : std::uint8_t { Http, Uwsgi, FastCgi, Scgi, FastCgiNph, ScgiNph };

/// As the log and --protocol call it: "http", "uwsgi", "fastcgi", "scgi", "fastcgi-nph",
/// "scgi-nph".
std::string_view protocol_name(Protocol protocol);

/// One of these names, or "http11"; nothing for what we do not speak.
std::optional<Protocol> parse_protocol(std::string_view name);

}  // namespace penstock::config
