// SPDX-License-Identifier: MIT
// Reads one output stream of a program into a sink, within a limit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/fd.h"

namespace penstock::spawn {

/// Where output goes. Gives the memory itself, so that nothing is copied twice.
class Sink {
 public:
  virtual ~Sink() = default;
  /// Where to read to: at least one byte, or nothing if there is no memory.
  virtual std::span<char> room() = 0;
  /// That many bytes of the room hold output now.
  virtual void filled(std::size_t bytes) = 0;
  /// Bytes in it that nobody took yet.
  virtual std::size_t held() const = 0;
};

/// What happens to output while the sink holds as much as it may.
enum class WhenFull : std::uint8_t {
  Discard,  // it is read and lost: the program goes on
  Pause,    // it is not read: the program waits
};

struct InletTerms {
  std::size_t limit = 0;  // bytes that the sink may hold
  WhenFull when_full = WhenFull::Discard;
};

class Inlet {
 public:
  /// An empty `pipe`: nothing will come. `sink` outlives the inlet; null if the pipe is empty.
  Inlet(Fd pipe, Sink* sink, InletTerms terms)
      : pipe_(std::move(pipe)), sink_(sink), terms_(terms) {}

  int fd() const { return pipe_.get(); }
  bool is_open() const { return static_cast<bool>(pipe_); }
  /// Nothing is read until the sink holds less.
  bool is_paused() const;
  /// Output was lost.
  bool is_truncated() const { return truncated_; }

  /// Reads what is there, up to about `budget` bytes. Gives how many came.
  std::size_t pump(std::size_t budget);
  /// Every writer has closed the pipe, or reading failed. It is not closed by that.
  bool at_end() const { return at_end_; }

  const InletTerms& terms() const { return terms_; }
  void set_terms(InletTerms terms) { terms_ = terms; }
  void close() { pipe_.reset(); }

 private:
  std::span<char> room();
  std::size_t read_once(std::size_t budget);
  void widen_if_busy(std::size_t bytes);

  Fd pipe_;
  Sink* sink_;
  InletTerms terms_;
  bool truncated_ = false;
  bool at_end_ = false;
  bool widened_ = false;
};

}  // namespace penstock::spawn
