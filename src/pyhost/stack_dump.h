// SPDX-License-Identifier: MIT
// The Python stacks of all threads of this process, also while native code holds the GIL.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "base/fd.h"

namespace penstock::pyhost {

/// One a process: faulthandler's handler of a signal of our own, which walks the threads without
/// the GIL and writes to a file in memory. Of a thread that runs Python code in this moment it may
/// show nonsense, so whoever can get the GIL asks Python instead (penstock._stacks).
class StackDump {
 public:
  /// GIL held. Null: a Python exception is set.
  static std::unique_ptr<StackDump> create();

  /// Needs no GIL. Any thread. Lines such as `Thread 0x00007f5e2c0c1740 (most recent call first):`,
  /// each followed by those of its frames.
  std::string take();

 private:
  explicit StackDump(Fd file) : file_(std::move(file)) {}
  const Fd file_;
  std::mutex mutex_;
};

}  // namespace penstock::pyhost
