// SPDX-License-Identifier: MIT
// The head of an SCGI request: a netstring of names and values, each with a NUL behind it.
#pragma once

#include <cstddef>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace penstock::proto::scgi {

/// The front of a netstring: "70:".
struct NetstringFront {
  enum class State { Incomplete, Complete, Malformed, TooLong };
  State state = State::Incomplete;
  std::size_t size = 0;     // of the digits and the colon
  std::size_t content = 0;  // bytes that follow, without the comma
};

/// Reads it, with at most `limit` bytes of content. No sign, no blank, no needless zero.
NetstringFront read_netstring_front(std::string_view bytes, std::size_t limit);

/// One variable after the other of the netstring's content, of which the views are.
class VariableReader {
 public:
  struct Variable {
    std::string_view name;
    std::string_view value;
  };

  explicit VariableReader(std::string_view content)
      : at_(content.data()), end_(content.data() + content.size()) {}

  /// Nothing at the end, and where the head is malformed.
  std::optional<Variable> next() {
    if (at_ == end_) return std::nullopt;
    Variable variable;
    if (!take(variable.name) || !take(variable.value))
      fault_ = "an SCGI variable that does not end";
    else if (variable.name.empty())
      fault_ = "an SCGI variable without a name";
    else
      return variable;
    return std::nullopt;
  }

  /// After next() gave nothing: what is wrong, as static text; empty at the end.
  std::string_view fault() const { return fault_; }

 private:
  bool take(std::string_view& text) {
    const auto left = static_cast<std::size_t>(end_ - at_);
    const void* const found = left == 0 ? nullptr : std::memchr(at_, 0, left);
    if (found == nullptr) return false;
    const auto size = static_cast<std::size_t>(static_cast<const char*>(found) - at_);
    text = {at_, size};
    at_ += size + 1;
    return true;
  }

  const char* at_;
  const char* end_;
  std::string_view fault_;
};

/// Appends one variable. Neither text has a NUL.
void append_variable(std::string& content, std::string_view name, std::string_view value);

/// "70:" content ",".
std::string make_netstring(std::string_view content);

}  // namespace penstock::proto::scgi
