// SPDX-License-Identifier: MIT
#include "proto/scgi/head.h"

#include "base/text.h"

namespace penstock::proto::scgi {

NetstringFront read_netstring_front(std::string_view bytes, std::size_t limit) {
  using State = NetstringFront::State;
  NetstringFront front;
  for (const char c : bytes) {
    if (c == ':' && front.size > 0) {
      front.state = State::Complete;
      ++front.size;
      return front;
    }
    const bool needless_zero = front.size > 0 && bytes[0] == '0';
    if (!text::is_digit(c) || needless_zero) {
      front.state = State::Malformed;
      return front;
    }
    const auto digit = static_cast<std::size_t>(c - '0');
    if (digit > limit || front.content > (limit - digit) / 10) {
      front.state = State::TooLong;
      return front;
    }
    front.content = front.content * 10 + digit;
    ++front.size;
  }
  return front;
}

void append_variable(std::string& content, std::string_view name, std::string_view value) {
  content.append(name).push_back('\0');
  content.append(value).push_back('\0');
}

std::string make_netstring(std::string_view content) {
  std::string netstring = std::to_string(content.size());
  netstring.append(":").append(content).append(",");
  return netstring;
}

}  // namespace penstock::proto::scgi
