// SPDX-License-Identifier: MIT
// A bar on the terminal while big files are read.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace penstock::report {

/// Silent where standard error is no terminal, and for what is read at once.
class Progress {
 public:
  Progress();
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void begin(std::string_view name) { name_ = name; }
  /// `size` 0: not known.
  void show(std::uint64_t done, std::uint64_t size);

 private:
  const bool terminal_;
  std::string name_;
  SteadyTime next_;
  bool shown_ = false;
};

}  // namespace penstock::report
