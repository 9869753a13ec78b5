// SPDX-License-Identifier: MIT
// Small helpers for ASCII text. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace penstock::text {

constexpr char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}
constexpr char upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c & ~0x20) : c;
}
constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Equal but for the case of ASCII letters.
bool equals_ignoring_case(std::string_view a, std::string_view b);

/// Decimal digits only: no sign, no blank, not empty; nothing on overflow.
std::optional<std::uint64_t> parse_unsigned(std::string_view digits);

/// "128M", "1g", "4096": bytes, with the suffixes k, m, g, t in powers of 1024.
std::optional<std::uint64_t> parse_size(std::string_view text);

/// "30", "30s", "500ms", "2m", "1h": seconds where no unit stands. In milliseconds.
std::optional<std::uint64_t> parse_duration_ms(std::string_view text);

std::string_view trim(std::string_view text, std::string_view blanks = " \t\r\n");
std::vector<std::string_view> split(std::string_view text, char separator);

/// The candidate that takes the fewest edits to reach from `word`; nothing if all are far.
std::optional<std::string_view> nearest(std::string_view word,
                                        const std::vector<std::string_view>& candidates);

/// Appends `bytes` with control bytes and the backslash as \xHH, so that a peer cannot forge a
/// log line (S14). Line feeds are escaped too.
void append_escaped(std::string& out, std::string_view bytes);

/// The same for text that may have several lines, such as a traceback: line feeds and backslashes
/// stay as they are.
void append_escaped_lines(std::string& out, std::string_view text);

}  // namespace penstock::text
