// SPDX-License-Identifier: MIT
// Reading a text from its front.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

namespace penstock::report {

class Scan {
 public:
  explicit Scan(std::string_view rest) : rest_(rest) {}

  std::string_view rest() const { return rest_; }
  bool at_end() const { return rest_.empty(); }
  char front() const { return rest_.empty() ? '\0' : rest_.front(); }

  /// Takes `text` from the front, if it stands there.
  bool take(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }

  /// Takes all before the next `end`, and that; false where there is none.
  bool take_until(std::string_view end, std::string_view& before) {
    const std::size_t at = rest_.find(end);
    if (at == std::string_view::npos) return false;
    before = rest_.substr(0, at);
    rest_.remove_prefix(at + end.size());
    return true;
  }

  /// Takes decimal digits.
  template <class Number>
  bool take_number(Number& number) {
    const char* const begin = rest_.data();
    const auto [stop, error] = std::from_chars(begin, begin + rest_.size(), number);
    if (error != std::errc{}) return false;
    rest_.remove_prefix(static_cast<std::size_t>(stop - begin));
    return true;
  }

  void skip(std::size_t count) { rest_.remove_prefix(count < rest_.size() ? count : rest_.size()); }
  void skip_blanks() {
    while (front() == ' ' || front() == '\t')
      rest_.remove_prefix(1);
  }

 private:
  std::string_view rest_;
};

}  // namespace penstock::report
