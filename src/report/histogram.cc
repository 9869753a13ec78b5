// SPDX-License-Identifier: MIT
#include "report/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace penstock::report {
namespace {

constexpr std::uint64_t kSteps = 16;  // classes in a doubling
constexpr std::uint64_t kLongest = 1ULL << 40;

/// Times below 16 have a class each; from then on the four bits after the first one count.
std::size_t class_of(std::uint64_t micros) {
  if (micros < kSteps) return static_cast<std::size_t>(micros);
  const auto shift = static_cast<int>(std::bit_width(micros)) - 5;
  return static_cast<std::size_t>((static_cast<std::uint64_t>(shift) * kSteps) + (micros >> shift));
}

/// The least time of a class.
std::uint64_t begin_of(std::size_t number) {
  if (number < 2 * kSteps) return number;
  const std::uint64_t shift = number / kSteps - 1;
  return (number - shift * kSteps) << shift;
}

}  // namespace

void Histogram::add(std::uint64_t micros) {
  largest_ = std::max(largest_, micros);
  const std::size_t number = class_of(std::min(micros, kLongest));
  if (number >= counts_.size()) counts_.resize(number + 1);
  ++counts_[number];
  ++count_;
}

std::uint64_t Histogram::quantile(double share) const {
  const auto wanted = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_)));
  std::uint64_t seen = 0;
  for (std::size_t number = 0; number < counts_.size(); ++number) {
    seen += counts_[number];
    if (counts_[number] > 0 && seen >= wanted) return std::min(begin_of(number + 1) - 1, largest_);
  }
  return largest_;
}

std::uint64_t Histogram::between(std::uint64_t lower, std::uint64_t upper) const {
  std::uint64_t found = 0;
  for (std::size_t number = 0; number < counts_.size(); ++number) {
    const std::uint64_t begin = begin_of(number);
    if (begin >= lower && begin < upper) found += counts_[number];
  }
  return found;
}

}  // namespace penstock::report
