// SPDX-License-Identifier: MIT
// Writes to the standard input of a program what it has not taken yet.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <string_view>

#include "base/fd.h"

namespace penstock::spawn {

/// Bytes to write, and what keeps them alive until then.
struct Piece {
  std::string_view bytes;
  std::shared_ptr<const void> owner;  // shared: whoever gave the bytes may hold them longer
};

class Outlet {
 public:
  /// An empty `pipe`: the program has no standard input of ours.
  explicit Outlet(Fd pipe) : pipe_(std::move(pipe)) {}

  int fd() const { return pipe_.get(); }
  bool is_open() const { return static_cast<bool>(pipe_); }
  /// Bytes that the program has not taken.
  std::size_t pending() const { return pending_; }
  /// The program closed its standard input before it took everything.
  bool is_broken() const { return broken_; }

  void push(Piece piece);
  /// No more will be pushed: the pipe is to be closed when all is written.
  void finish() { finishing_ = true; }
  /// Writes what the pipe takes. Then `is_done`: nothing is left to be done with the pipe.
  void pump();
  bool is_done() const { return broken_ || (finishing_ && pending_ == 0); }
  void close();

 private:
  Fd pipe_;
  std::deque<Piece> pieces_;
  std::size_t pending_ = 0;
  bool finishing_ = false;
  bool broken_ = false;
};

}  // namespace penstock::spawn
