// SPDX-License-Identifier: MIT
#include "base/local_time.h"

#include <ctime>

namespace penstock {

std::string local_time(const char* format, std::int64_t second) {
  const auto time = static_cast<std::time_t>(second);
  std::tm parts{};
  ::localtime_r(&time, &parts);
  char text[128];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  const std::size_t size = std::strftime(text, sizeof text, format, &parts);
#pragma GCC diagnostic pop
  return {text, size};
}

}  // namespace penstock
