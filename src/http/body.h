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
#include "http/body_memory.h"

namespace penstock::http {

/// Filled by the loop while the body arrives, then read by the application. Not thread-safe;
/// the two never hold it at once.
class Body {
 public:
  /// Where and from what size on bodies go to disk.
  struct Spooling {
    std::uint64_t threshold = 64 * 1024;  // bytes kept in memory in any case
    std::string directory = "/var/tmp";   // for the unlinked file (O_TMPFILE where possible)
    BodyBudget* budget = nullptr;         // beyond the threshold, while it lasts; outlives bodies
  };

  /// The whole body is `bytes`, which the caller keeps alive until reset().
  void borrow(std::string_view bytes);

  /// So many bytes are announced. Memory is taken only for those that come.
  void expect(std::uint64_t size) { expected_ = size; }

  /// Adds bytes; moves all of them to a file once they may not stay in memory.
  Result<> append(std::string_view bytes, const Spooling& spooling);

  /// Memory behind the body for `least` bytes or more, least > 0, until the next call. Empty where
  /// so many may not be, or cannot be, in memory: append() can take them.
  std::span<char> room(std::size_t least, const Spooling& spooling);
  /// So many bytes were put into room().
  void received(std::size_t size);

  std::uint64_t size() const { return size_; }
  bool spooled() const { return static_cast<bool>(file_); }

  /// The whole body, where it is in memory.
  std::string_view memory() const { return memory_; }

  /// Copies bytes from `offset` on into `into`; fewer than asked for only at the end.
  Result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) const;

  /// Empty again; the file is closed, memory beyond a small size given back.
  void reset();

 private:
  bool make_room(std::uint64_t size, const Spooling& spooling);
  std::string_view memory_;
  BodyMemory owned_;
  Fd file_;
  std::uint64_t size_ = 0;
  std::uint64_t expected_ = 0;  // 0: nobody knows
};

}  // namespace penstock::http
