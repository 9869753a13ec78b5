// SPDX-License-Identifier: MIT
// Finds the end of a request head that arrives in pieces, looking at each byte once.
#pragma once

#include <cstddef>
#include <string_view>

#include "proto/http1/fault.h"
#include "proto/session.h"

namespace penstock::proto::http1 {

/// Watches the lines of a head: their ends, control bytes, and the two size limits. The request
/// line is parsed as soon as it is there, so that what is not HTTP is refused at its first line.
class HeadScanner {
 public:
  struct Finding {
    bool complete = false;
    Fault fault = nullptr;
  };

  /// `head` starts at the same byte on every call and only ever grows.
  Finding scan(std::string_view head, const Limits& limits);

  /// No byte of a head was seen yet.
  bool untouched() const { return searched_ == 0; }

  void reset() { *this = HeadScanner{}; }

 private:
  /// Reads the line end at `at`.
  Finding end_line(std::string_view head, std::size_t at);

  std::size_t searched_ = 0;    // bytes that need not be looked at again
  std::size_t line_start_ = 0;  // of the line in which `searched_` is; 0: the request line
};

}  // namespace penstock::proto::http1
