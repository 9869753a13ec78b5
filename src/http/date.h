// SPDX-License-Identifier: MIT
// The Date field's format (RFC 9110, section 5.6.7).
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace penstock::http {

/// "Sun, 06 Nov 1994 08:49:37 GMT", whatever the locale is.
class ImfDate {
 public:
  /// `seconds` since 1970-01-01T00:00:00Z; years 0 to 9999.
  explicit ImfDate(std::int64_t seconds);

  std::string_view text() const { return {text_.data(), text_.size()}; }

 private:
  std::array<char, 29> text_;
};

}  // namespace penstock::http
