// SPDX-License-Identifier: MIT
#include "http/byte_class.h"

#include "http/byte_class_kernels.h"

namespace penstock::http {

namespace {

constexpr bool is_control(unsigned char c) {
  return (c < 0x20 && c != '\t') || c == 0x7f;
}

constexpr bool is_plain_name(unsigned char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
}

constexpr bool is_target(unsigned char c) {
  return c > 0x20 && c < 0x7f && c != '#';
}

constexpr unsigned kControl = 1;
constexpr unsigned kNoName = 2;
constexpr unsigned kTarget = 4;

constexpr std::array<std::uint8_t, 256> kClasses = [] {
  std::array<std::uint8_t, 256> classes{};
  for (unsigned i = 0; i < 256; ++i) {
    const auto c = static_cast<unsigned char>(i);
    classes[i] =
        static_cast<std::uint8_t>((is_control(c) ? kControl : 0) |
                                  (is_plain_name(c) ? 0 : kNoName) | (is_target(c) ? kTarget : 0));
  }
  return classes;
}();

std::uint8_t classes_of(char c) {
  return kClasses[static_cast<unsigned char>(c)];
}

ByteBits classify_block_plain(const char* text, std::size_t size) {
  ByteBits bits{0, 0};
  for (std::size_t i = 0; i < size; ++i) {
    const std::uint64_t found = classes_of(text[i]);
    bits.control |= (found & 1) << i;
    bits.no_name |= (found >> 1 & 1) << i;
  }
  return bits;
}

}  // namespace

void classify_plain(const char* text, std::size_t size, ByteBits* blocks) {
  for (; size > 64; text += 64, size -= 64)
    *blocks++ = classify_block_plain(text, 64);
  if (size > 0) *blocks = classify_block_plain(text, size);
}

TargetScan scan_target_plain(const char* text, std::size_t size) {
  TargetScan scan{.question = size, .has_escape = false, .allowed = true};
  for (std::size_t i = size; i-- > 0;) {
    if (text[i] == '?') scan.question = i;
    scan.has_escape |= text[i] == '%';
    scan.allowed &= (classes_of(text[i]) & kTarget) != 0;
  }
  return scan;
}

std::vector<ClassifyKernel> classify_kernels() {
  std::vector<ClassifyKernel> kernels{{"plain", classify_plain}};
#if PENSTOCK_HAS_BYTES16
  kernels.push_back({kBytes16Name, classify_bytes16});
#endif
#if defined(__x86_64__)
  if (can_avx2()) kernels.push_back({"avx2", classify_avx2});
#endif
  return kernels;
}

const ClassifyBytes kClassifyBytes = classify_kernels().back().run;

TargetScan scan_target(std::string_view text) {
#if PENSTOCK_HAS_BYTES16
  if (text.size() >= 16) return scan_target_bytes16(text.data(), text.size());
#endif
  return scan_target_plain(text.data(), text.size());
}

bool has_control(std::string_view text) {
#if PENSTOCK_HAS_BYTES16
  if (text.size() >= 16) return has_control_bytes16(text.data(), text.size());
#endif
  unsigned found = 0;
  for (const char c : text)
    found |= classes_of(c);
  return (found & kControl) != 0;
}

}  // namespace penstock::http
