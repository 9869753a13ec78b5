// SPDX-License-Identifier: MIT
// Sixteen bytes at a time. The last vector of a text ends with it and overlaps the one before.
#include <algorithm>
#include <bit>

#include "http/byte_class_kernels.h"

#if PENSTOCK_HAS_BYTES16

namespace penstock::http {

namespace {

constexpr std::size_t kVector = 16;

Bytes16 control(Bytes16 bytes) {
  const Bytes16 low = bytes.in_range(0, 0x1f);
  return bytes.equal('\t').clear_in(low) | bytes.equal(0x7f);
}

Bytes16 plain_name(Bytes16 bytes) {
  const Bytes16 letter = bytes.or_each(0x20).in_range('a', 'z');
  return letter | bytes.in_range('0', '9') | bytes.equal('-');
}

/// Adds the bits of the vector at `at` of a block.
void classify_vector(const char* text, std::size_t at, ByteBits& bits) {
  const Bytes16 bytes = Bytes16::load(text + at);
  bits.control |= std::uint64_t{control(bytes).mask()} << at;
  bits.no_name |= std::uint64_t{plain_name(bytes).mask() ^ 0xffffU} << at;
}

}  // namespace

void classify_bytes16(const char* text, std::size_t size, ByteBits* blocks) {
  for (; size >= 64; text += 64, size -= 64) {
    ByteBits bits{0, 0};
    classify_vector(text, 0, bits);
    classify_vector(text, 16, bits);
    classify_vector(text, 32, bits);
    classify_vector(text, 48, bits);
    *blocks++ = bits;
  }
  if (size > 0) *blocks = classify_rest_bytes16(text, size);
}

ByteBits classify_rest_bytes16(const char* text, std::size_t size) {
  ByteBits bits{0, 0};
  if (size < kVector) {
    classify_plain(text, size, &bits);
    return bits;
  }
  for (std::size_t at = 0;; at = std::min(at + kVector, size - kVector)) {
    classify_vector(text, at, bits);
    if (at + kVector == size) return bits;
  }
}

TargetScan scan_target_bytes16(const char* text, std::size_t size) {
  Bytes16 allowed_not = Bytes16::zero();
  Bytes16 escape = Bytes16::zero();
  std::size_t question = size;
  for (std::size_t at = 0;; at = std::min(at + kVector, size - kVector)) {
    const Bytes16 bytes = Bytes16::load(text + at);
    const Bytes16 ones = Bytes16::zero().equal(0);
    allowed_not = allowed_not | bytes.equal('#') | bytes.in_range(0x21, 0x7e).clear_in(ones);
    escape = escape | bytes.equal('%');
    const std::uint32_t marks = bytes.equal('?').mask();
    if (marks != 0 && question == size)
      question = at + static_cast<std::size_t>(std::countr_zero(marks));
    if (at + kVector == size) break;
  }
  return {question, escape.mask() != 0, allowed_not.mask() == 0};
}

bool has_control_bytes16(const char* text, std::size_t size) {
  Bytes16 found = Bytes16::zero();
  for (std::size_t at = 0;; at = std::min(at + kVector, size - kVector)) {
    found = found | control(Bytes16::load(text + at));
    if (at + kVector == size) return found.mask() != 0;
  }
}

}  // namespace penstock::http

#endif
