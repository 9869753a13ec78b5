// SPDX-License-Identifier: MIT
// Times counted in classes that are about 6 % wide (16 to each doubling), as HdrHistogram does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace penstock::report {

class Histogram {
 public:
  void add(std::uint64_t micros);

  std::uint64_t count() const { return count_; }
  std::uint64_t largest() const { return largest_; }

  /// The time that a share (0 to 1) of all stayed within; 0 where there are none.
  std::uint64_t quantile(double share) const;

  /// Counts of the times in [lower, upper).
  std::uint64_t between(std::uint64_t lower, std::uint64_t upper) const;

 private:
  std::vector<std::uint32_t> counts_;  // up to the largest class that has any
  std::uint64_t count_ = 0;
  std::uint64_t largest_ = 0;
};

}  // namespace penstock::report
