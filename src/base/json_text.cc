// SPDX-License-Identifier: MIT
#include "base/json_text.h"

namespace penstock::text {
namespace {

void append_code(std::string& out, unsigned char code) {
  constexpr std::string_view kHex = "0123456789abcdef";
  out.append("\\u00");
  out.push_back(kHex[code >> 4U]);
  out.push_back(kHex[code & 15U]);
}

bool is_plain(unsigned char byte) {
  return byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\';
}

/// Appends the character at the front; gives how many bytes it was.
std::size_t append_special(std::string& out, std::string_view rest) {
  const auto byte = static_cast<unsigned char>(rest.front());
  if (byte == '"' || byte == '\\') {
    out.push_back('\\');
    out.push_back(rest.front());
    return 1;
  }
  const std::size_t size = utf8_sequence(rest);
  if (byte < 0x80 || size == 0) {
    append_code(out, byte);
    return 1;
  }
  const auto second = static_cast<unsigned char>(rest[1]);
  if (byte == 0xc2 && second < 0xa0) {
    append_code(out, second);
  } else {
    out.append(rest.substr(0, size));
  }
  return size;
}

}  // namespace

std::size_t utf8_sequence(std::string_view bytes) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  if (bytes.empty()) return 0;
  const unsigned char first = at(0);
  if (first < 0x80) return 1;
  const std::size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || bytes.size() < size) return 0;
  for (std::size_t i = 1; i < size; ++i)
    if ((at(i) & 0xc0U) != 0x80) return 0;
  // Longer than needed, a surrogate, or beyond U+10FFFF.
  if ((first == 0xe0 && at(1) < 0xa0) || (first == 0xed && at(1) > 0x9f)) return 0;
  if ((first == 0xf0 && at(1) < 0x90) || (first == 0xf4 && at(1) > 0x8f)) return 0;
  return size;
}

void append_json_escaped(std::string& out, std::string_view bytes) {
  std::size_t plain_from = 0;
  for (std::size_t i = 0; i < bytes.size();) {
    if (is_plain(static_cast<unsigned char>(bytes[i]))) {
      ++i;
      continue;
    }
    out.append(bytes.substr(plain_from, i - plain_from));
    i += append_special(out, bytes.substr(i));
    plain_from = i;
  }
  out.append(bytes.substr(plain_from));
}

}  // namespace penstock::text
