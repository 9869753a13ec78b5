// SPDX-License-Identifier: MIT
// Steps from one telling byte of a head to the next, classifying a window at a time.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "http/byte_class.h"

namespace penstock::proto::http1 {

/// Only goes forward. Nothing beyond the window in which a search ends is looked at, so a short
/// head at the front of a long input costs what a short head costs.
///
/// Line ends are found by taking bits off a word, which does not wait for what the line holds:
/// the processor works on several lines at once.
class ByteFinder {
 public:
  /// `from`: where the first search begins, at most the text's size.
  explicit ByteFinder(std::string_view text, std::size_t from = 0) : text_(text) { load(from); }

  /// The next byte of the class `control` (http/byte_class.h). The text's size if there is none;
  /// then it is not to be called again.
  std::size_t next_control() {
    while (controls_ == 0)
      next_block();
    const std::uint64_t found = controls_;
    controls_ &= controls_ - 1;
    return block_start_ + static_cast<std::size_t>(std::countr_zero(found));
  }

  /// The first byte of the class `no_name` from there on: at or behind the last control byte
  /// that was found, and with no other in between. The text's size if there is none.
  std::size_t no_name(std::size_t from) {
    while (from - window_start_ < kWindow) {
      const std::size_t at = from - window_start_;
      const std::uint64_t bits = blocks_[at / kBlock].no_name >> (at % kBlock);
      if (bits != 0) return from + static_cast<std::size_t>(std::countr_zero(bits));
      from += kBlock - at % kBlock;
    }
    load(from);
    return no_name(from);
  }

 private:
  static constexpr std::size_t kBlock = 64;
  static constexpr std::size_t kWindow = 4 * kBlock;

  void next_block() {
    block_start_ += kBlock;
    if (block_start_ - window_start_ == kWindow)
      load(block_start_);
    else
      controls_ = blocks_[(block_start_ - window_start_) / kBlock].control;
  }

  void load(std::size_t from) {
    window_start_ = block_start_ = from;
    const std::size_t size = std::min(text_.size() - from, kWindow);
    http::kClassifyBytes(text_.data() + from, size, blocks_.data());
    if (size < kWindow) {
      // The text's end is found like a byte of either class.
      const std::uint64_t end = std::uint64_t{1} << (size % kBlock);
      http::ByteBits& last = blocks_[size / kBlock];
      if (size % kBlock == 0) last = {0, 0};
      last.control |= end;
      last.no_name |= end;
    }
    controls_ = blocks_[0].control;
  }

  std::string_view text_;
  std::size_t window_start_ = 0;
  std::size_t block_start_ = 0;  // of the block that `controls_` belongs to
  std::uint64_t controls_ = 0;   // control bytes of this block that were not given out
  std::array<http::ByteBits, kWindow / kBlock> blocks_;
};

}  // namespace penstock::proto::http1
