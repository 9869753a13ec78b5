// SPDX-License-Identifier: MIT
// Hexadecimal digits in escapes and chunk sizes.
#pragma once

#include "base/text.h"

namespace penstock::http {

constexpr unsigned kNotHex = 16;

/// The value of a hexadecimal digit; kNotHex for any other byte.
constexpr unsigned hex_value(char c) {
  if (text::is_digit(c)) return static_cast<unsigned>(c - '0');
  const char letter = text::lower(c);
  return letter >= 'a' && letter <= 'f' ? static_cast<unsigned>(letter - 'a') + 10 : kNotHex;
}

}  // namespace penstock::http
