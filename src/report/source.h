// SPDX-License-Identifier: MIT
// The lines of a file, also of one that gzip made, or of standard input.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace penstock::report {

/// Longer lines are cut, as no request's line is so long.
inline constexpr std::size_t kLongestLine = 1 << 20;

struct Reading {
  /// Gets each line without its line feed; the last one needs none.
  std::function<void(std::string_view)> line;
  /// Gets how much of the file has been read, now and then.
  std::function<void(std::uint64_t done, std::uint64_t size)> progress;
};

/// Reads all of `path`; "-" is standard input, whose size is given as 0.
Result<> read_lines(const std::string& path, const Reading& reading);

}  // namespace penstock::report
