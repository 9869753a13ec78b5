// SPDX-License-Identifier: MIT
// The server's messages: one line, one write(2) to standard error, so lines of many processes
// never mix. Not for the hot path, and not for the request log (server/request_log.h).
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

namespace penstock::log {

enum class Level { Debug, Info, Warning, Error };

/// Messages below `level` are dropped. Info at start. Any thread.
void set_level(Level level);

/// What messages begin with from now on: the local time, by a format of strftime(3); none: nothing.
/// Before there are other threads.
void set_date(std::string format);

/// Writes one line. Control bytes in `message` other than line feeds are escaped (S14).
/// Any thread; never fails: a full disk or a closed pipe loses the line.
void write(Level level, std::string_view message);

template <class... Args>
void debug(fmt::format_string<Args...> format, Args&&... args) {
  write(Level::Debug, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void info(fmt::format_string<Args...> format, Args&&... args) {
  write(Level::Info, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void warning(fmt::format_string<Args...> format, Args&&... args) {
  write(Level::Warning, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void error(fmt::format_string<Args...> format, Args&&... args) {
  write(Level::Error, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace penstock::log
