// SPDX-License-Identifier: MIT
// How much memory this process has, from /proc/self/statm.
#pragma once

#include <cstdint>

#include "base/fd.h"

namespace penstock::server {

/// Bytes.
struct MemoryUse {
  std::uint64_t address_space = 0;
  std::uint64_t resident = 0;
};

/// Keeps the file open, so that each look is one system call. Of the process that looks first.
class MemoryMeter {
 public:
  /// Zeros where /proc cannot be read.
  MemoryUse read();

 private:
  Fd statm_;
};

}  // namespace penstock::server
