// SPDX-License-Identifier: MIT
// Times as the request log writes them, local. Each form is made once a second.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace penstock::server {

/// One thread at a time.
class LogClock {
 public:
  enum class Form : std::uint8_t {
    CTime,  // Tue Nov 24 22:04:20 2026
    Log,    // 24/Nov/2026:22:04:20 +0000
    Iso,    // 2026-11-24T22:04:20.123456+00:00
    Own,    // by the format given
  };

  /// `own`: for strftime(3).
  explicit LogClock(std::string own) : own_(std::move(own)) {}

  /// `wall_micros`: since the epoch. The view lives until the next call.
  std::string_view text(Form form, std::int64_t wall_micros);

 private:
  struct Made {
    std::int64_t second = -1;
    std::string text;
  };
  const std::string own_;
  std::array<Made, 4> made_;
};

}  // namespace penstock::server
