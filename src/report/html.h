// SPDX-License-Identifier: MIT
// Writing HTML: what comes from a log is escaped.
#pragma once

#include <fmt/format.h>

#include <iterator>
#include <string>
#include <string_view>

namespace penstock::report {

/// For text and for attributes in double quotes. Control characters become U+FFFD, and so do
/// bytes that are not UTF-8.
std::string html_escaped(std::string_view text);

class Html {
 public:
  /// Arguments are written as they are: html_escaped() where they come from a log.
  template <class... Args>
  void add(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(out_), format, std::forward<Args>(args)...);
  }
  void raw(std::string_view html) { out_ += html; }
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

}  // namespace penstock::report
