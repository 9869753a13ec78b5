// SPDX-License-Identifier: MIT
// Thirty-two bytes at a time where the processor has AVX2. Only the functions that are marked
// are compiled for it, so that nothing else of this file can be.
#include "http/byte_class_kernels.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define PENSTOCK_AVX2 __attribute__((target("avx2")))

namespace penstock::http {

namespace {

struct Masks32 {
  std::uint32_t control;
  std::uint32_t no_name;
};

// Two tables, for the low and the high half of a byte, have a bit in common for each set of bytes
// that is a range of low halves under one or two high halves. Bytes from 0x80 on give 0.
constexpr char kDash = 1;            // 2d
constexpr char kDigit = 2;           // 30 to 39
constexpr char kLetterFront = 4;     // 41 to 4f, 61 to 6f
constexpr char kLetterBack = 8;      // 50 to 5a, 70 to 7a
constexpr char kLastNameSet = 0x0f;  // the sets below belong to `control`
constexpr char kC0ButTab = 0x10;     // 00 to 0f but 09
constexpr char kC0Rest = 0x20;       // 10 to 1f
constexpr char kDel = 0x40;          // 7f

constexpr std::array<char, 16> kHighHalf = {
    kC0ButTab, kC0Rest, kDash, kDigit, kLetterFront, kLetterBack, kLetterFront, kLetterBack | kDel};

constexpr std::array<char, 16> kLowHalf = [] {
  std::array<char, 16> sets{};
  for (int low = 0; low < 16; ++low) {
    int of = kC0Rest;
    if (low != 9) of |= kC0ButTab;
    if (low == 0xd) of |= kDash;
    if (low <= 9) of |= kDigit;
    if (low >= 1) of |= kLetterFront;
    if (low <= 0xa) of |= kLetterBack;
    if (low == 0xf) of |= kDel;
    sets[static_cast<std::size_t>(low)] = static_cast<char>(of);
  }
  return sets;
}();

PENSTOCK_AVX2 inline __m256i table_32(const std::array<char, 16>& table) {
  return _mm256_broadcastsi128_si256(
      _mm_loadu_si128(reinterpret_cast<const __m128i*>(table.data())));
}

PENSTOCK_AVX2 inline Masks32 classify_32(const char* text) {
  const __m256i bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(text));
  const __m256i high = _mm256_and_si256(_mm256_srli_epi16(bytes, 4), _mm256_set1_epi8(0x0f));
  const __m256i sets = _mm256_and_si256(_mm256_shuffle_epi8(table_32(kLowHalf), bytes),
                                        _mm256_shuffle_epi8(table_32(kHighHalf), high));
  const auto control = static_cast<std::uint32_t>(
      _mm256_movemask_epi8(_mm256_cmpgt_epi8(sets, _mm256_set1_epi8(kLastNameSet))));
  const auto none = static_cast<std::uint32_t>(
      _mm256_movemask_epi8(_mm256_cmpeq_epi8(sets, _mm256_setzero_si256())));
  return {control, control | none};
}

}  // namespace

bool can_avx2() {
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx2") != 0;
}

PENSTOCK_AVX2 void classify_avx2(const char* text, std::size_t size, ByteBits* blocks) {
  for (; size >= 64; text += 64, size -= 64) {
    const Masks32 low = classify_32(text);
    const Masks32 high = classify_32(text + 32);
    *blocks++ = {low.control | std::uint64_t{high.control} << 32,
                 low.no_name | std::uint64_t{high.no_name} << 32};
  }
  if (size < 32) {
    if (size > 0) *blocks = classify_rest_bytes16(text, size);
    return;
  }
  const Masks32 low = classify_32(text);
  const Masks32 high = classify_32(text + size - 32);  // overlaps the first
  const std::size_t shift = size - 32;
  *blocks = {low.control | std::uint64_t{high.control} << shift,
             low.no_name | std::uint64_t{high.no_name} << shift};
}

}  // namespace penstock::http

#endif
