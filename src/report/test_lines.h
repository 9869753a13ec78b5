// SPDX-License-Identifier: MIT
// Lines of logs for tests.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

namespace penstock::report {

/// uWSGI's line. `when`: "Tue Nov 14 22:13:20 2023".
inline std::string uwsgi_line(std::string_view request, int status, int milliseconds,
                              std::string_view when = "Tue Nov 14 22:13:20 2023",
                              std::string_view tail = "") {
  return fmt::format(
      "[pid: 42|app: 0|req: 9/20] 192.0.2.7 () {{12 vars in 120 bytes}} [{}] {} => generated 5 "
      "bytes in {} msecs (HTTP/1.1 {}) 2 headers in 80 bytes (1 switches on core 1){}",
      when, request, milliseconds, status, tail);
}

}  // namespace penstock::report
