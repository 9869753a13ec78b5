// SPDX-License-Identifier: MIT
// CHECK: an invariant of our own code. A broken one is a bug, so it ends the process, also in
// release builds; the supervisor starts another. Never for input.
#pragma once

namespace penstock {
[[noreturn]] void check_failed(const char* condition, const char* file, int line) noexcept;
}

#define CHECK(condition) \
  ((condition) ? static_cast<void>(0) : ::penstock::check_failed(#condition, __FILE__, __LINE__))
