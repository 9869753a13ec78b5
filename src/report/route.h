// SPDX-License-Identifier: MIT
// URIs that differ only in an id are one route: "/users/17?tab=2" is "/users/<id>".
#pragma once

#include <string>
#include <string_view>

namespace penstock::report {

/// Replaces `out` by "METHOD /path/<id>". Without the query; numbers, UUIDs, hexadecimal digests
/// and long tokens with digits become <id>. At most kLongestRoute bytes.
inline constexpr std::size_t kLongestRoute = 200;
void fold_route(std::string_view method, std::string_view uri, std::string& out);

}  // namespace penstock::report
