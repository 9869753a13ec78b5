// SPDX-License-Identifier: MIT
// Text as it may stand in a JSON string (RFC 8259, section 7). Pure.
#pragma once

#include <string>
#include <string_view>

namespace penstock::text {

/// Appends `bytes` for use between a JSON string's quotes. What comes out is always UTF-8 without
/// control characters (those of U+0080 to U+009F too): a byte that is not UTF-8 becomes the
/// character of its number, \u00ff for 0xff.
void append_json_escaped(std::string& out, std::string_view bytes);

/// The length of the UTF-8 sequence (RFC 3629) that `bytes` begins with; 0 if it is none.
std::size_t utf8_sequence(std::string_view bytes);

}  // namespace penstock::text
