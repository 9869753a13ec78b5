// SPDX-License-Identifier: MIT
// The CPU time that other processes have used, to the nanosecond.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <ctime>
#include <vector>

#include "base/result.h"

namespace penstock::bench {

/// All threads of these processes, ended ones too; not their children.
class CpuClock {
 public:
  static Result<CpuClock> of(const std::vector<pid_t>& processes);

  /// What all have used since they began. A process that has ended counts as zero.
  std::chrono::nanoseconds now() const;

 private:
  std::vector<clockid_t> clocks_;
};

}  // namespace penstock::bench
