// SPDX-License-Identifier: MIT
// How much memory a process has.
#pragma once

#include <sys/types.h>

#include <cstdint>

namespace penstock::supervisor {

/// In bytes.
struct Memory {
  std::uint64_t resident = 0;
  std::uint64_t address_space = 0;
};

/// Of a process, as the kernel tells it; zeros if it cannot be told.
Memory memory_of(pid_t pid);

}  // namespace penstock::supervisor
