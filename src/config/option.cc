// SPDX-License-Identifier: MIT
// What an option is, and how its values are written for people.
#include "config/option.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace penstock::config {
namespace {

struct Scale {
  std::uint64_t factor;
  std::string_view suffix;
};

std::string scaled(std::uint64_t value, const std::vector<Scale>& scales) {
  for (const Scale& scale : scales)
    if (value != 0 && value % scale.factor == 0)
      return fmt::format("{}{}", value / scale.factor, scale.suffix);
  return fmt::format("{}", value);
}

std::string with_unit(Unit unit, std::uint64_t value) {
  switch (unit) {
    case Unit::Count:
      return fmt::format("{}", value);
    case Unit::Bytes:
    case Unit::Megabytes:
      return scaled(value, {{1ULL << 40, "T"}, {1ULL << 30, "G"}, {1ULL << 20, "M"}, {1024, "K"}});
    case Unit::Time:
      return scaled(value, {{3'600'000, "h"}, {60'000, "m"}, {1000, "s"}, {1, "ms"}});
  }
  return {};
}

std::string_view what_kind(Unit unit) {
  switch (unit) {
    case Unit::Count:
      return "a whole number";
    case Unit::Bytes:
      return "a size such as 4096, 64K or 128M";
    case Unit::Megabytes:
      return "a number of megabytes, or a size such as 512K or 2G,";
    case Unit::Time:
      return "a time such as 30, 500ms or 2m";
  }
  return {};
}

}  // namespace

std::vector<std::string_view> Option::all_names() const {
  return text::split(names, ' ');
}

std::string range(const Number& number) {
  std::string text = fmt::format("{} to {}", with_unit(number.unit, number.minimum),
                                 with_unit(number.unit, number.maximum));
  if (!number.zero.empty()) text += fmt::format(" (0: {})", number.zero);
  return text;
}

std::string allowed(const Number& number) {
  return fmt::format("{} from {}", what_kind(number.unit), range(number));
}

std::string default_of(const Option& option) {
  const Number* const number = std::get_if<Number>(&option.effect);
  if (!number) return std::string(option.standard);
  const std::uint64_t value = number->get(Config{});
  if (value == 0 && !number->zero.empty()) return fmt::format("0 ({})", number->zero);
  return with_unit(number->unit, value);
}

bool is_true(std::string_view value) {
  constexpr std::array<std::string_view, 4> kFalse{"false", "off", "no", "0"};
  return std::none_of(kFalse.begin(), kFalse.end(), [&](std::string_view word) {
    return text::equals_ignoring_case(word, value);
  });
}

}  // namespace penstock::config
