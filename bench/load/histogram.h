// SPDX-License-Identifier: MIT
// How often each duration was seen, within 1 %: what percentiles are read from.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace penstock::bench {

/// Counts durations from 1 ns to centuries in fixed memory.
class Histogram {
 public:
  void add(std::chrono::nanoseconds duration);

  std::uint64_t count() const { return count_; }
  std::chrono::nanoseconds max() const { return max_; }
  std::chrono::nanoseconds mean() const;

  /// The duration that `share` (0 to 1) of all did not exceed; zero if there are none.
  std::chrono::nanoseconds percentile(double share) const;

 private:
  // Each power of two is cut into 64 buckets: the middle of one is off by less than 1 %.
  static constexpr unsigned kDigitBits = 6;
  static constexpr std::size_t kDigits = std::size_t{1} << kDigitBits;
  static constexpr std::size_t kBuckets = (64 - kDigitBits + 1) * kDigits;

  static std::size_t bucket_of(std::uint64_t value);
  static std::uint64_t middle_of(std::size_t bucket);

  std::array<std::uint64_t, kBuckets> buckets_{};
  std::uint64_t count_ = 0;
  std::chrono::nanoseconds sum_{0};
  std::chrono::nanoseconds max_{0};
};

}  // namespace penstock::bench
