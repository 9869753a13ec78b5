// SPDX-License-Identifier: MIT
#include "http/byte_class.h"

#include <algorithm>
#include <array>
#include <bit>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace penstock::http {

namespace {

constexpr bool is_control(unsigned char c) {
  return (c < 0x20 && c != '\t') || c == 0x7f;
}

constexpr bool is_plain_name(unsigned char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
}

enum ByteClass : std::uint8_t { kControl = 1, kNoName = 2 };

constexpr std::array<std::uint8_t, 256> kClasses = [] {
  std::array<std::uint8_t, 256> classes{};
  for (unsigned i = 0; i < 256; ++i) {
    const auto c = static_cast<unsigned char>(i);
    classes[i] = static_cast<std::uint8_t>((is_control(c) ? kControl : 0) |
                                           (is_plain_name(c) ? 0 : kNoName));
  }
  return classes;
}();

ByteBits classify_block_plain(const char* text, std::size_t size) {
  ByteBits bits{0, 0};
  for (std::size_t i = 0; i < size; ++i) {
    const std::uint64_t found = kClasses[static_cast<unsigned char>(text[i])];
    bits.control |= (found & 1) << i;
    bits.no_name |= (found >> 1) << i;
  }
  return bits;
}

void classify_plain(const char* text, std::size_t size, ByteBits* blocks) {
  for (; size > 64; text += 64, size -= 64)
    *blocks++ = classify_block_plain(text, 64);
  if (size > 0) *blocks = classify_block_plain(text, size);
}

constexpr bool is_target_byte(unsigned char c) {
  return c > 0x20 && c < 0x7f && c != '#';
}

constexpr std::array<bool, 256> kTargetBytes = [] {
  std::array<bool, 256> bytes{};
  for (unsigned c = 0; c < 256; ++c)
    bytes[c] = is_target_byte(static_cast<unsigned char>(c));
  return bytes;
}();

TargetScan scan_target_plain(const char* text, std::size_t size) {
  TargetScan scan{.question = size, .has_escape = false, .allowed = true};
  for (std::size_t i = size; i-- > 0;) {
    if (text[i] == '?') scan.question = i;
    scan.has_escape |= text[i] == '%';
    scan.allowed &= kTargetBytes[static_cast<unsigned char>(text[i])];
  }
  return scan;
}

#if defined(__x86_64__)

// SSE2 belongs to x86-64 itself; AVX2 is asked for at run time.

struct Masks16 {
  std::uint32_t control;
  std::uint32_t no_name;
};

inline __m128i in_range_16(__m128i bytes, char first, char count) {
  const __m128i offset = _mm_sub_epi8(bytes, _mm_set1_epi8(first));
  return _mm_cmpeq_epi8(_mm_min_epu8(offset, _mm_set1_epi8(count)), offset);
}

inline __m128i control_16(__m128i bytes) {
  const __m128i low = in_range_16(bytes, 0, 0x1f);
  const __m128i tab = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\t'));
  return _mm_or_si128(_mm_andnot_si128(tab, low), _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x7f)));
}

inline Masks16 classify_16(const char* text) {
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text));
  const __m128i letter = in_range_16(_mm_or_si128(bytes, _mm_set1_epi8(0x20)), 'a', 'z' - 'a');
  const __m128i digit = in_range_16(bytes, '0', '9' - '0');
  const __m128i dash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('-'));
  const __m128i name = _mm_or_si128(_mm_or_si128(letter, digit), dash);
  return {static_cast<std::uint32_t>(_mm_movemask_epi8(control_16(bytes))),
          static_cast<std::uint32_t>(_mm_movemask_epi8(name)) ^ 0xffffu};
}

inline ByteBits classify_block_sse2(const char* text) {
  ByteBits bits{0, 0};
  for (unsigned i = 0; i < 64; i += 16) {
    const Masks16 masks = classify_16(text + i);
    bits.control |= std::uint64_t{masks.control} << i;
    bits.no_name |= std::uint64_t{masks.no_name} << i;
  }
  return bits;
}

/// Less than a block: whole vectors, then one that ends with the text and overlaps the last.
inline ByteBits classify_rest_sse2(const char* text, std::size_t size) {
  if (size < 16) return classify_block_plain(text, size);
  ByteBits bits{0, 0};
  std::size_t at = 0;
  for (;;) {
    const Masks16 masks = classify_16(text + at);
    bits.control |= std::uint64_t{masks.control} << at;
    bits.no_name |= std::uint64_t{masks.no_name} << at;
    if (at + 16 == size) return bits;
    at = at + 32 <= size ? at + 16 : size - 16;
  }
}

void classify_sse2(const char* text, std::size_t size, ByteBits* blocks) {
  for (; size >= 64; text += 64, size -= 64)
    *blocks++ = classify_block_sse2(text);
  if (size > 0) *blocks = classify_rest_sse2(text, size);
}

/// For 16 bytes and more.
TargetScan scan_target_sse2(const char* text, std::size_t size) {
  __m128i bad = _mm_setzero_si128();
  __m128i escape = _mm_setzero_si128();
  std::size_t question = size;
  for (std::size_t at = 0;; at = std::min(at + 16, size - 16)) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text + at));
    const __m128i visible = in_range_16(bytes, 0x21, 0x7e - 0x21);
    const __m128i hash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('#'));
    bad = _mm_or_si128(bad, _mm_or_si128(hash, _mm_xor_si128(visible, _mm_set1_epi8(-1))));
    escape = _mm_or_si128(escape, _mm_cmpeq_epi8(bytes, _mm_set1_epi8('%')));
    const int marks = _mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('?')));
    if (marks != 0 && question == size)
      question = at + static_cast<std::size_t>(std::countr_zero(static_cast<unsigned>(marks)));
    if (at + 16 == size) break;
  }
  return {question, _mm_movemask_epi8(escape) != 0, _mm_movemask_epi8(bad) == 0};
}

#define PENSTOCK_AVX2 __attribute__((target("avx2")))

struct Masks32 {
  std::uint32_t control;
  std::uint32_t no_name;
};

// Two tables, for the low and the high half of a byte, have a bit in common for each set of bytes
// that is a range of low halves under one or two high halves. Bytes from 0x80 on give 0.
enum NibbleSet : char {
  kDash = 1,            // 2d
  kDigit = 2,           // 30 to 39
  kLetterFront = 4,     // 41 to 4f, 61 to 6f
  kLetterBack = 8,      // 50 to 5a, 70 to 7a
  kLastNameSet = 0x0f,  // the sets below belong to `control`
  kC0ButTab = 0x10,     // 00 to 0f but 09
  kC0Rest = 0x20,       // 10 to 1f
  kDel = 0x40,          // 7f
};

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

PENSTOCK_AVX2 void classify_avx2(const char* text, std::size_t size, ByteBits* blocks) {
  for (; size >= 64; text += 64, size -= 64) {
    const Masks32 low = classify_32(text);
    const Masks32 high = classify_32(text + 32);
    *blocks++ = {low.control | std::uint64_t{high.control} << 32,
                 low.no_name | std::uint64_t{high.no_name} << 32};
  }
  if (size < 32) {
    if (size > 0) *blocks = classify_rest_sse2(text, size);
    return;
  }
  const Masks32 low = classify_32(text);
  const Masks32 high = classify_32(text + size - 32);  // overlaps the first
  const std::size_t shift = size - 32;
  *blocks = {low.control | std::uint64_t{high.control} << shift,
             low.no_name | std::uint64_t{high.no_name} << shift};
}

#undef PENSTOCK_AVX2

#endif

}  // namespace

std::vector<ClassifyKernel> classify_kernels() {
  std::vector<ClassifyKernel> kernels{{"plain", classify_plain}};
#if defined(__x86_64__)
  kernels.push_back({"sse2", classify_sse2});
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2")) kernels.push_back({"avx2", classify_avx2});
#endif
  return kernels;
}

const ClassifyBytes kClassifyBytes = classify_kernels().back().run;

TargetScan scan_target(std::string_view text) {
#if defined(__x86_64__)
  if (text.size() >= 16) return scan_target_sse2(text.data(), text.size());
#endif
  return scan_target_plain(text.data(), text.size());
}

bool has_control(std::string_view text) {
#if defined(__x86_64__)
  const char* at = text.data();
  const char* const end = at + text.size();
  if (text.size() >= 16) {
    __m128i found = _mm_setzero_si128();
    for (; end - at >= 16; at += 16)
      found =
          _mm_or_si128(found, control_16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(at))));
    at = end - 16;
    found = _mm_or_si128(found, control_16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(at))));
    return _mm_movemask_epi8(found) != 0;
  }
#endif
  unsigned found = 0;
  for (const char c : text)
    found |= kClasses[static_cast<unsigned char>(c)];
  return (found & kControl) != 0;
}

}  // namespace penstock::http
