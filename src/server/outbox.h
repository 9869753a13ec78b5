// SPDX-License-Identifier: MIT
// The bytes on their way to one peer. Whoever has an answer writes it here: what the socket
// takes leaves at once, the rest waits in memory, then in a file, and the loop sends it on. So a
// slow reader holds no app thread.
#pragma once

#include <sys/uio.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "net/socket.h"

namespace penstock::server {

struct OutboxLimits {
  std::uint64_t memory = 256 * 1024;   // bytes kept in memory; more go to a file
  std::uint64_t buffer = 1ULL << 30;   // memory and file; beyond it write() waits
  std::string directory = "/var/tmp";  // of the unlinked file
};

/// Every call is safe from any thread.
class Outbox {
 public:
  enum class State : std::uint8_t {
    Clear,    // everything was taken by the socket
    Held,     // what hold() has kept was not offered to the socket yet
    Blocked,  // something waits: the loop is to call flush() when the socket is writable
    Failed,   // the peer is gone; what waited is dropped, and so is what comes
  };

  /// `socket` and `limits` outlive the outbox.
  Outbox(int socket, const OutboxLimits& limits) : socket_(socket), limits_(limits) {}

  /// Sends or keeps the bytes of `parts`, whose elements it changes. Waits while more than
  /// `limits.buffer` bytes are kept, so the loop's thread, for whom nobody makes room, asks for
  /// Wait::Never. That is for short texts.
  enum class Wait : std::uint8_t { ForRoom, Never };
  State write(std::span<iovec> parts, Wait wait = Wait::ForRoom);

  /// Keeps the bytes of `parts`, few, until the next write() or flush(), which somebody has to see
  /// to. Waits for nothing.
  State hold(std::span<const iovec> parts);

  /// A range of a file, and the framing around it.
  struct FilePart {
    std::shared_ptr<const Fd> file;
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
    std::string_view before{};
    std::string_view after{};
  };
  /// Sends or keeps a part of a file; nothing comes between it and its framing.
  State write_file(const FilePart& part);

  /// Sends what waits, as far as the socket takes it.
  State flush();

  /// The peer is gone or gave up: drops what waits and wakes who waits in write().
  void fail();

  /// Costs nothing.
  State state() const { return state_.load(std::memory_order_acquire); }
  /// Bytes that the socket took so far.
  std::uint64_t sent() const;

 private:
  struct Segment {
    std::string bytes;               // or, where empty, a range of a file:
    std::shared_ptr<const Fd> file;  // null: the spool
    std::uint64_t offset = 0;        // of what is left
    std::uint64_t length = 0;
  };

  State write_locked(std::span<iovec> parts);
  State flush_locked();
  bool send_segment(Segment& segment);
  net::Transfer send_some(const Segment& segment);
  net::Transfer send_spooled(const Segment& segment);
  void keep(std::span<const iovec> parts);
  void keep(std::string_view bytes);
  bool spool(std::span<const iovec> parts);
  void fail_locked();
  bool wait_for_room(std::unique_lock<std::mutex>& lock);
  State note_state();

  const int socket_;
  const OutboxLimits& limits_;
  mutable std::mutex mutex_;
  std::atomic<State> state_{State::Clear};  // of the two below; written under the mutex
  bool failed_ = false;
  std::uint64_t sent_ = 0;
  // What waits; made at the first block, since most connections never need it.
  struct Waiting {
    std::deque<Segment> segments;
    std::uint64_t bytes = 0;   // in all segments
    std::uint64_t memory = 0;  // of them in memory
    Fd spool;
    std::uint64_t spool_end = 0;
    bool is_held = false;  // nothing of it was offered to the socket
    int waiters = 0;       // threads in wait_for_room()
    std::condition_variable room;
  };
  std::unique_ptr<Waiting> waiting_;
};

}  // namespace penstock::server
