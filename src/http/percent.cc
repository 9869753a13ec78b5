// SPDX-License-Identifier: MIT
#include "http/percent.h"

#include "http/hex.h"

namespace penstock::http {

bool append_percent_decoded(std::string& out, std::string_view text) {
  const std::size_t before = out.size();
  for (;;) {
    const std::size_t escape = text.find('%');
    out.append(text.substr(0, escape));
    if (escape == std::string_view::npos) return true;
    text.remove_prefix(escape);

    const unsigned high = text.size() < 3 ? kNotHex : hex_value(text[1]);
    const unsigned low = text.size() < 3 ? kNotHex : hex_value(text[2]);
    if (high == kNotHex || low == kNotHex || (high | low) == 0) {
      out.resize(before);
      return false;
    }
    out.push_back(static_cast<char>(high << 4 | low));
    text.remove_prefix(3);
  }
}

}  // namespace penstock::http
