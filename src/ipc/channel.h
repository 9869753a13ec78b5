// SPDX-License-Identifier: MIT
// How master, zygote and workers talk: small messages over SOCK_SEQPACKET socket pairs. The end
// of file on a channel means that the other process is gone.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <utility>

#include "base/fd.h"
#include "base/result.h"

namespace penstock::ipc {

/// Why a worker asks for its successor.
enum class RecycleReason : std::int64_t {
  MaxRequests,
  MaxLifetime,
  Rss,
  AddressSpace,
  Harakiri,
  Asked
};

/// One message; fits into one packet.
struct Message {
  enum class Kind : std::uint32_t {
    // zygote to master
    AppLoaded,   // value: milliseconds that the import took
    AppFailed,   // the import raised; its traceback is in the log
    Forked,      // worker, pid
    ForkFailed,  // worker, value: errno
    // master to zygote
    Fork,  // worker; carries the worker's end of a new channel
    // worker to master
    Ready,    // it accepts
    Recycle,  // a successor should take its place; value: a RecycleReason
    // master to worker
    Stop,       // finish what runs, then exit; value: milliseconds of grace
    ReopenLog,  // carries the descriptor that standard output and error are to become; to zygotes
                // too
  };
  Kind kind = Kind::Ready;
  std::int32_t worker = 0;  // 1 to processes
  std::int32_t pid = 0;
  std::int64_t value = 0;
};

/// One end of a channel.
class Channel {
 public:
  Channel() = default;
  explicit Channel(Fd fd) : fd_(std::move(fd)) {}

  /// Two connected ends, close-on-exec, blocking.
  static Result<std::pair<Channel, Channel>> pair();

  /// Sends one message, with a descriptor (which stays the caller's) if there is one. Never
  /// waits: an end that has hundreds of messages unread is an error.
  Result<> send(const Message& message, int descriptor = -1);

  struct Received {
    Message message;
    Fd descriptor;
  };
  /// The next message; nothing at the end of file. Waits, unless `blocking` is false: then
  /// Error.code is EAGAIN where none is there. EINTR is left to the caller.
  Result<std::optional<Received>> receive(bool blocking = true);

  int fd() const { return fd_.get(); }
  Fd release() { return std::move(fd_); }
  explicit operator bool() const { return static_cast<bool>(fd_); }

 private:
  Fd fd_;
};

}  // namespace penstock::ipc
