// SPDX-License-Identifier: MIT
// Finds the bytes that end the parts of a header block, 64 at a time, with what SIMD the
// processor has. The kernels give the same bits; the plain one defines them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace penstock::http {

/// One bit for each byte of up to 64, the first in the lowest bit; zero beyond the text's end.
struct ByteBits {
  std::uint64_t control;  // C0 controls but HTAB, and DEL: nothing that a value may hold
  std::uint64_t no_name;  // all but letters, digits and '-': where most names end
};

/// What a kernel does: fills ceil(size / 64) blocks.
using ClassifyBytes = void (*)(const char* text, std::size_t size, ByteBits* blocks);

/// The fastest kernel here, found when the program starts and constant from then on.
extern const ClassifyBytes kClassifyBytes;

/// Every kernel that runs on this processor, the plain one first. For tests and benchmarks.
struct ClassifyKernel {
  std::string_view name;
  ClassifyBytes run;
};
std::vector<ClassifyKernel> classify_kernels();

/// A request target at one glance.
struct TargetScan {
  std::size_t question;  // the first '?'; the size where there is none
  bool has_escape;       // holds a '%'
  bool allowed;          // visible ASCII alone, and no '#': a fragment is never sent
};
TargetScan scan_target(std::string_view text);

/// Does the text hold a byte of the `control` class?
bool has_control(std::string_view text);

}  // namespace penstock::http
