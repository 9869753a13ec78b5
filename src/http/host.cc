// SPDX-License-Identifier: MIT
#include "http/host.h"

#include <array>
#include <cstddef>

#include "base/text.h"
#include "http/hex.h"

namespace penstock::http {

namespace {

constexpr std::array<bool, 256> kNameBytes = [] {
  std::array<bool, 256> bytes{};
  for (const char c : std::string_view("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                       "0123456789-._~!$&'()*+,;="))
    bytes[static_cast<unsigned char>(c)] = true;
  return bytes;
}();

bool is_hex(char c) {
  return hex_value(c) != kNotHex;
}

/// The length of a name or an IPv4 address at the front of the text.
std::size_t name_length(const char* text, std::size_t size) {
  std::size_t at = 0;
  for (;;) {
    while (at < size && kNameBytes[static_cast<unsigned char>(text[at])])
      ++at;
    const bool escape =
        size - at >= 3 && text[at] == '%' && is_hex(text[at + 1]) && is_hex(text[at + 2]);
    if (!escape) return at;
    at += 3;
  }
}

/// The length of "[...]" at the front of the text; 0 if it is no such literal. IPv6 addresses are
/// checked for their bytes alone: nothing is ever connected to them.
std::size_t literal_length(std::string_view text) {
  std::size_t at = 1;
  while (at < text.size() && (is_hex(text[at]) || text[at] == ':' || text[at] == '.'))
    ++at;
  return at > 2 && at < text.size() && text[at] == ']' ? at + 1 : 0;
}

bool is_port(std::string_view digits) {
  unsigned number = 0;
  for (const char c : digits) {
    if (!text::is_digit(c)) return false;
    number = number * 10 + static_cast<unsigned>(c - '0');
    if (number > 65535) return false;
  }
  return true;
}

}  // namespace

std::optional<HostPort> parse_host(std::string_view text) {
  if (text.empty()) return std::nullopt;
  const std::size_t length =
      text[0] == '[' ? literal_length(text) : name_length(text.data(), text.size());
  if (length == 0) return std::nullopt;
  const std::string_view name(text.data(), length);
  if (length == text.size()) return HostPort{name, {}};
  if (text[length] != ':') return std::nullopt;
  text.remove_prefix(length + 1);
  if (!is_port(text)) return std::nullopt;
  return HostPort{name, text};
}

}  // namespace penstock::http
