// SPDX-License-Identifier: MIT
#include "report/html.h"

#include "base/json_text.h"

namespace penstock::report {

std::string html_escaped(std::string_view text) {
  constexpr std::string_view kUnknown = "\xef\xbf\xbd";
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    const std::size_t size = text::utf8_sequence(text.substr(i));
    if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '&') {
      out += "&amp;";
    } else if (c == '"') {
      out += "&quot;";
    } else if (size == 0 || (c >= 0 && c < 0x20) || c == 0x7f) {
      out += kUnknown;
    } else {
      out += text.substr(i, size);
    }
    i += size == 0 ? 1 : size;
  }
  return out;
}

}  // namespace penstock::report
