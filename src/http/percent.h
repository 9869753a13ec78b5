// SPDX-License-Identifier: MIT
// Percent-encoding of URI paths (RFC 3986, section 2.1).
#pragma once

#include <string>
#include <string_view>

namespace penstock::http {

/// Appends `text` with each %HH as its byte. Dot segments stay; decoded bytes may be anything.
/// False, with `out` as it was, if an escape is malformed or stands for NUL.
[[nodiscard]] bool append_percent_decoded(std::string& out, std::string_view text);

}  // namespace penstock::http
