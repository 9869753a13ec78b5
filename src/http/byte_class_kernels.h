// SPDX-License-Identifier: MIT
// What the files of byte_class.h share. Not for others.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "http/byte_class.h"
#include "http/bytes16.h"

namespace penstock::http {

/// The definition of the classes: a byte at a time.
void classify_plain(const char* text, std::size_t size, ByteBits* blocks);
TargetScan scan_target_plain(const char* text, std::size_t size);

#if PENSTOCK_HAS_BYTES16
void classify_bytes16(const char* text, std::size_t size, ByteBits* blocks);
/// Less than a block.
ByteBits classify_rest_bytes16(const char* text, std::size_t size);
/// For 16 bytes and more.
TargetScan scan_target_bytes16(const char* text, std::size_t size);
bool has_control_bytes16(const char* text, std::size_t size);
#endif

#if defined(__x86_64__)
bool can_avx2();
void classify_avx2(const char* text, std::size_t size, ByteBits* blocks);
#endif

}  // namespace penstock::http
