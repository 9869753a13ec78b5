// SPDX-License-Identifier: MIT
// What uWSGI replaces in values.
#include "config/placeholders.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdlib>

#include "base/text.h"
#include "config/text_file.h"

namespace penstock::config {
namespace {

/// Replaces what stands between `opening`, such as "$(", and the next parenthesis. What `lookup`
/// does not know stays as it is; what it gives is not looked at again.
Result<std::string> replace(std::string_view text, std::string_view opening, const Lookup& lookup) {
  std::string out;
  for (;;) {
    const std::size_t open = text.find(opening);
    const std::size_t close = open == text.npos ? open : text.find(')', open);
    if (close == text.npos) return out.append(text);
    const std::size_t name = open + opening.size();
    const auto value = TRY(lookup(text.substr(name, close - name)));
    out.append(text.substr(0, open));
    out.append(value ? std::string_view(*value) : text.substr(open, close + 1 - open));
    text.remove_prefix(close + 1);
  }
}

/// The number that a text begins with, as strtoll(3) sees it.
std::int64_t number_in(std::string_view text) {
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

bool is_number(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), text::is_digit);
}

std::int64_t calculate(std::int64_t left, char operation, std::int64_t right) {
  // Overflow wraps, as it does in uWSGI, and is no undefined behaviour here.
  const auto a = static_cast<std::uint64_t>(left);
  const auto b = static_cast<std::uint64_t>(right);
  switch (operation) {
    case '+':
      return static_cast<std::int64_t>(a + b);
    case '-':
      return static_cast<std::int64_t>(a - b);
    case '*':
      return static_cast<std::int64_t>(a * b);
    default:
      if (right == 0) return 0;
      return right == -1 ? static_cast<std::int64_t>(0 - a) : left / right;
  }
}

/// "processes * 2 ++", from left to right.
class Expression {
 public:
  explicit Expression(const Lookup& lookup) : lookup_(lookup) {}

  Result<std::string> evaluate(std::string_view expression) {
    for (const std::string_view word : text::split(expression, ' '))
      if (!word.empty()) TRY(take(word));
    return std::move(value_);
  }

 private:
  Result<> take(std::string_view word) {
    if (word == "++" || word == "--") {
      value_ = std::to_string(calculate(number_in(value_), word[0], 1));
      return {};
    }
    if (word.size() == 1 && std::string_view("+-*/").find(word[0]) != std::string_view::npos) {
      operation_ = word[0];
      return {};
    }
    std::optional<std::string> operand(word);
    if (!is_number(word)) operand = TRY(lookup_(word));
    const std::string right = operand.value_or("");
    if (operation_ == 0)
      value_ += right;
    else
      value_ = std::to_string(calculate(number_in(value_), operation_, number_in(right)));
    operation_ = 0;
    return {};
  }

  const Lookup& lookup_;
  std::string value_;
  char operation_ = 0;  // 0: join
};

}  // namespace

std::string replace_variables(std::string_view text) {
  const Lookup environment = [](std::string_view name) -> Result<std::optional<std::string>> {
    const char* const value = std::getenv(std::string(name).c_str());  // NOLINT(concurrency-*)
    return value ? std::optional<std::string>(value) : std::nullopt;
  };
  return *replace(text, "$(", environment);
}

Result<std::string> replace_files(std::string_view text) {
  const Lookup files = [](std::string_view path) -> Result<std::optional<std::string>> {
    std::string content = TRY(read_text_file(std::string(path)));
    while (content.ends_with('\n') || content.ends_with('\r'))
      content.pop_back();
    return content;
  };
  return replace(text, "@(", files);
}

Result<std::string> replace_placeholders(std::string_view text, const Lookup& lookup) {
  const Lookup names = [&](std::string_view inner) -> Result<std::optional<std::string>> {
    if (inner.find(' ') == inner.npos) return lookup(inner);
    std::string value = TRY(Expression(lookup).evaluate(inner));
    return value;
  };
  return replace(text, "%(", names);
}

}  // namespace penstock::config
