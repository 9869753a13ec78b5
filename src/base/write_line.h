// SPDX-License-Identifier: MIT
// A line to a descriptor that nobody may be reading: a log is never worth a stopped server.
#pragma once

#include <cstddef>
#include <string_view>

namespace penstock {

/// Writes `line`, which brings its line feed, by one write(2) where the kernel lets one be enough.
/// A reader that does not read (a full pipe, a stopped terminal) is given a moment and then loses
/// the line; so do a full disk and a closed pipe. Returns whether all was written. Leaves the
/// descriptor's flags alone, since other processes share them. Does not allocate. Any thread.
bool write_line(int fd, std::string_view line) noexcept;

/// The same; returns how many bytes were written.
std::size_t write_bytes(int fd, std::string_view bytes) noexcept;

}  // namespace penstock
