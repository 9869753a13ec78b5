// SPDX-License-Identifier: MIT
// Collects what leaves by one write: heads, framing and short parts in one string of its own, long
// parts where they are.
#pragma once

#include <sys/uio.h>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace penstock::server {

class Gather {
 public:
  /// For encoders, which append.
  std::string& own() { return own_; }

  /// Adds a part behind what own() has; `bytes` must live until the write.
  void add(std::string_view bytes);

  /// All of it in order; good until the next change. The elements may be changed.
  std::span<iovec> parts();

  /// Keeps its memory, if that is not much.
  void clear();

 private:
  void close_own();

  std::string own_;
  std::size_t listed_ = 0;    // bytes of own_ that parts_ has
  std::vector<iovec> parts_;  // a null address stands for the next bytes of own_
};

}  // namespace penstock::server
