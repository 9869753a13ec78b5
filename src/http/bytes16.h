// SPDX-License-Identifier: MIT
// Sixteen bytes at once, with what every processor of an architecture has: SSE2 on x86-64, NEON
// on 64-bit ARM. Comparisons give bytes of all ones or all zeros.
#pragma once

#include <cstdint>

#if defined(__x86_64__)
#include <emmintrin.h>
#define PENSTOCK_HAS_BYTES16 1
#elif defined(__aarch64__)
#include <arm_neon.h>
#define PENSTOCK_HAS_BYTES16 1
#else
#define PENSTOCK_HAS_BYTES16 0
#endif

namespace penstock::http {

#if defined(__x86_64__)

constexpr const char* kBytes16Name = "sse2";

struct Bytes16 {
  __m128i bytes;

  static Bytes16 load(const char* at) {
    return {_mm_loadu_si128(reinterpret_cast<const __m128i*>(at))};
  }
  static Bytes16 zero() { return {_mm_setzero_si128()}; }
  Bytes16 operator|(Bytes16 other) const { return {_mm_or_si128(bytes, other.bytes)}; }
  /// The bits of `other` that are not set here.
  Bytes16 clear_in(Bytes16 other) const { return {_mm_andnot_si128(bytes, other.bytes)}; }
  Bytes16 or_each(char value) const { return {_mm_or_si128(bytes, _mm_set1_epi8(value))}; }
  Bytes16 equal(char value) const { return {_mm_cmpeq_epi8(bytes, _mm_set1_epi8(value))}; }
  Bytes16 in_range(char first, char last) const {
    const __m128i offset = _mm_sub_epi8(bytes, _mm_set1_epi8(first));
    const __m128i span = _mm_set1_epi8(static_cast<char>(last - first));
    return {_mm_cmpeq_epi8(_mm_min_epu8(offset, span), offset)};
  }
  /// One bit for each byte of a comparison, the first in the lowest bit.
  std::uint32_t mask() const { return static_cast<std::uint32_t>(_mm_movemask_epi8(bytes)); }
};

#elif defined(__aarch64__)

constexpr const char* kBytes16Name = "neon";

struct Bytes16 {
  uint8x16_t bytes;

  static Bytes16 load(const char* at) {
    return {vld1q_u8(reinterpret_cast<const std::uint8_t*>(at))};
  }
  static Bytes16 zero() { return {vdupq_n_u8(0)}; }
  Bytes16 operator|(Bytes16 other) const { return {vorrq_u8(bytes, other.bytes)}; }
  Bytes16 clear_in(Bytes16 other) const { return {vbicq_u8(other.bytes, bytes)}; }
  Bytes16 or_each(char value) const { return {vorrq_u8(bytes, each(value))}; }
  Bytes16 equal(char value) const { return {vceqq_u8(bytes, each(value))}; }
  Bytes16 in_range(char first, char last) const {
    return {vcleq_u8(vsubq_u8(bytes, each(first)), each(static_cast<char>(last - first)))};
  }
  std::uint32_t mask() const {
    constexpr std::uint8_t kBits[16] = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
    uint8x16_t sums = vandq_u8(bytes, vld1q_u8(kBits));
    sums = vpaddq_u8(sums, sums);
    sums = vpaddq_u8(sums, sums);
    sums = vpaddq_u8(sums, sums);
    return vgetq_lane_u16(vreinterpretq_u16_u8(sums), 0);
  }

 private:
  static uint8x16_t each(char value) { return vdupq_n_u8(static_cast<std::uint8_t>(value)); }
};

#endif

}  // namespace penstock::http
