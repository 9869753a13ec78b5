// SPDX-License-Identifier: MIT
// Optional white space around field values (RFC 9110, section 5.6.3).
#pragma once

#include <string_view>

namespace penstock::proto::http1 {

inline bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

inline std::string_view trim_blanks(std::string_view text) {
  while (!text.empty() && is_blank(text.front()))
    text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back()))
    text.remove_suffix(1);
  return text;
}

}  // namespace penstock::proto::http1
