// SPDX-License-Identifier: MIT
// A request body that has been received in whole: in memory, or in an unlinked file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/result.h"

namespace penstock::http {

/// Filled by the loop while the body arrives, then read by the application. Not thread-safe;
/// the two never hold it at once.
class Body {
 public:
  /// Where and from what size on bodies go to disk.
  struct Spooling {
    std::uint64_t threshold = 64 * 1024;  // bytes kept in memory at the most
    std::string directory = "/var/tmp";   // for the unlinked file (O_TMPFILE where possible)
  };

  /// The whole body is `bytes`, which the caller keeps alive until reset().
  void borrow(std::string_view bytes);

  /// Adds bytes; moves all of them to a file once there are more than the threshold.
  Result<> append(std::string_view bytes, const Spooling& spooling);

  std::uint64_t size() const { return size_; }
  bool spooled() const { return static_cast<bool>(file_); }

  /// The whole body, where it is in memory.
  std::string_view memory() const { return memory_; }

  /// Copies bytes from `offset` on into `into`; fewer than asked for only at the end.
  Result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) const;

  /// Empty again; the file is closed, memory beyond a small size given back.
  void reset();

 private:
  bool append_to_memory(std::string_view bytes);
  std::string_view memory_;
  std::string owned_;
  Fd file_;
  std::uint64_t size_ = 0;
};

}  // namespace penstock::http
