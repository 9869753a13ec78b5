// SPDX-License-Identifier: MIT
// The end of a process whose invariant is broken: one line, then abort(3) for the core file.
#include "base/check.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "base/write_line.h"

namespace penstock {

void check_failed(const char* condition, const char* file, int line) noexcept {
  std::array<char, 512> text;  // no allocation: the heap may be what broke
  const int length = std::snprintf(text.data(), text.size(), "error: bug in penstock: %s:%d: %s\n",
                                   file, line, condition);
  const std::size_t size = std::min(static_cast<std::size_t>(std::max(length, 0)), text.size() - 1);
  write_line(2, std::string_view(text.data(), size));
  std::abort();
}

}  // namespace penstock
