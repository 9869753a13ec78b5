// SPDX-License-Identifier: MIT
#include "load/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace penstock::bench {

using std::chrono::nanoseconds;

std::size_t Histogram::bucket_of(std::uint64_t value) {
  if (value < kDigits) return static_cast<std::size_t>(value);
  const auto shift = static_cast<unsigned>(std::bit_width(value)) - kDigitBits - 1;
  // The leading bit of the shifted value is dropped by the level below counting it in.
  return (std::size_t{shift} << kDigitBits) + static_cast<std::size_t>(value >> shift);
}

std::uint64_t Histogram::middle_of(std::size_t bucket) {
  if (bucket < 2 * kDigits) return bucket;
  const auto shift = static_cast<unsigned>(bucket >> kDigitBits) - 1;
  const std::uint64_t lowest = (bucket - (std::size_t{shift} << kDigitBits)) * (1ULL << shift);
  return lowest + (1ULL << shift) / 2;
}

void Histogram::add(nanoseconds duration) {
  duration = std::max(duration, nanoseconds::zero());
  ++buckets_[bucket_of(static_cast<std::uint64_t>(duration.count()))];
  ++count_;
  sum_ += duration;
  max_ = std::max(max_, duration);
}

nanoseconds Histogram::mean() const {
  return count_ == 0 ? nanoseconds::zero() : sum_ / static_cast<std::int64_t>(count_);
}

nanoseconds Histogram::percentile(double share) const {
  if (count_ == 0) return nanoseconds::zero();
  const auto wanted = std::max<std::uint64_t>(
      1, static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_))));
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) {
    seen += buckets_[bucket];
    if (seen >= wanted) {
      return std::min(max_, nanoseconds(static_cast<std::int64_t>(middle_of(bucket))));
    }
  }
  return max_;
}

}  // namespace penstock::bench
