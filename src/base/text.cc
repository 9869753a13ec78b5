// SPDX-License-Identifier: MIT
// Small helpers for ASCII text.
#include "base/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <utility>

namespace penstock::text {
namespace {

constexpr std::uint64_t kLargest = std::numeric_limits<std::uint64_t>::max();

std::optional<std::uint64_t> multiply(std::uint64_t number, std::uint64_t factor) {
  if (number > kLargest / factor) return std::nullopt;
  return number * factor;
}

/// The least number of insertions, removals, replacements and swaps of neighbours from `a` to `b`.
std::size_t edits_between(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before_last;
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t column = 0; column <= b.size(); ++column)
    row[column] = column;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    before_last = std::exchange(last, row);
    row[0] = i;
    for (std::size_t k = 1; k <= b.size(); ++k) {
      const std::size_t replace = last[k - 1] + (a[i - 1] == b[k - 1] ? 0 : 1);
      row[k] = std::min({replace, last[k] + 1, row[k - 1] + 1});
      const bool swapped = i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1];
      if (swapped) row[k] = std::min(row[k], before_last[k - 2] + 1);
    }
  }
  return row[b.size()];
}

void append_byte_as_hex(std::string& out, char byte) {
  constexpr std::string_view kHex = "0123456789abcdef";
  const auto value = static_cast<unsigned char>(byte);
  out.append({'\\', 'x', kHex[value >> 4U], kHex[value & 15U]});
}

/// The ASCII controls, and the second byte of U+0080 to U+009F in UTF-8: terminals obey those too.
bool is_control(char byte, char before) {
  const auto value = static_cast<unsigned char>(byte);
  if (value < 0x20 || value == 0x7f) return true;
  return before == '\xc2' && value >= 0x80 && value < 0xa0;
}

template <class IsPlain>
void append_escaped_but(std::string& out, std::string_view bytes, IsPlain is_plain) {
  std::size_t plain_from = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (is_plain(bytes[i], i == 0 ? '\0' : bytes[i - 1])) continue;
    out.append(bytes.substr(plain_from, i - plain_from));
    append_byte_as_hex(out, bytes[i]);
    plain_from = i + 1;
  }
  out.append(bytes.substr(plain_from));
}

}  // namespace

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

std::optional<std::uint64_t> parse_unsigned(std::string_view digits) {
  std::uint64_t number = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, number);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return number;
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  constexpr std::string_view kSuffixes = "kmgt";
  const std::size_t suffix = text.empty() ? kSuffixes.npos : kSuffixes.find(lower(text.back()));
  if (suffix == kSuffixes.npos) return parse_unsigned(text);
  text.remove_suffix(1);
  const auto number = parse_unsigned(text);
  if (!number) return std::nullopt;
  return multiply(*number, std::uint64_t{1} << (10 * (suffix + 1)));
}

std::optional<std::uint64_t> parse_duration_ms(std::string_view text) {
  struct Unit {
    std::string_view name;
    std::uint64_t milliseconds;
  };
  // "ms" stands before "s", which it ends with.
  constexpr std::array kUnits{Unit{"ms", 1}, Unit{"s", 1000}, Unit{"m", 60'000},
                              Unit{"h", 3'600'000}};
  std::uint64_t factor = 1000;
  for (const Unit& unit : kUnits) {
    if (!text.ends_with(unit.name)) continue;
    factor = unit.milliseconds;
    text.remove_suffix(unit.name.size());
    break;
  }
  const auto number = parse_unsigned(text);
  if (!number) return std::nullopt;
  return multiply(*number, factor);
}

std::string_view trim(std::string_view text, std::string_view blanks) {
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == text.npos) return parts;
    text.remove_prefix(at + 1);
  }
}

std::optional<std::string_view> nearest(std::string_view word,
                                        const std::vector<std::string_view>& candidates) {
  std::optional<std::string_view> best;
  std::size_t fewest = (word.size() + 2) / 3 + 1;  // more than a third wrong: another word
  for (const std::string_view candidate : candidates) {
    const std::size_t edits = edits_between(word, candidate);
    if (edits >= fewest || edits >= std::max(word.size(), candidate.size())) continue;
    best = candidate;
    fewest = edits;
  }
  return best;
}

void append_escaped(std::string& out, std::string_view bytes) {
  append_escaped_but(out, bytes,
                     [](char c, char before) { return c != '\\' && !is_control(c, before); });
}

void append_escaped_lines(std::string& out, std::string_view text) {
  append_escaped_but(out, text,
                     [](char c, char before) { return c == '\n' || !is_control(c, before); });
}

}  // namespace penstock::text
