// SPDX-License-Identifier: MIT
// One line of a request log: uWSGI's default line (stock uWSGI's and ours, with what the options
// add to it) or a JSON object. Scanned by hand: a log has millions of them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace penstock::report {

/// Microseconds.
struct Timings {
  std::uint64_t receive = 0;
  std::uint64_t queue = 0;
  std::uint64_t app = 0;  // without write; lock and cpu are parts of it
  std::uint64_t gil = 0;
  std::uint64_t cpu = 0;
  std::uint64_t write = 0;
};

struct Line {
  std::int64_t second = 0;  // by the clock of who wrote it, since 1970 of that clock
  std::string_view method;  // these point into the line, or into the reader
  std::string_view uri;
  int status = 0;
  std::uint64_t micros = 0;
  std::uint64_t body_bytes = 0;
  bool has_timings = false;
  Timings timings;
};

enum class LineKind : std::uint8_t {
  Request,
  Message,  // something else that the server or the app wrote
  Broken,   // begins as the line of a request does, and is none
};

/// The views of a line live until the next call.
class LineReader {
 public:
  LineKind read(std::string_view text, Line& line);

 private:
  std::string uri_;
  std::string method_;
};

}  // namespace penstock::report
