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

/// One message; fits into one packet.
struct Message {
  enum class Kind : std::uint32_t {
    // zygote to master
    AppLoaded,   // value: milliseconds that the import took
    AppFailed,   // the import raised; its traceback is in the log
    Forked,      // slot, pid
    ForkFailed,  // slot, value: errno
    // master to zygote
    Fork,  // slot, value: the worker's number; carries the worker's end of a new channel
    // worker to master
    Ready,    // it accepts
    Recycle,  // a successor should take its place; value: a stats::RecycleReason
    // master to worker
    Stop,       // finish what runs, then exit; value: milliseconds of grace
    Retire,     // the same, but others serve on: idle connections get a moment for a last request
    Pause,      // value: 1 take no new connections, 0 take them again
    ReopenLog,  // carries the descriptor that standard output and error are to become; to zygotes
                // too
  };
  static constexpr Kind kLastKind = Kind::ReopenLog;
  Kind kind = Kind::Ready;
  std::int32_t slot = 0;  // of the scoreboard: which worker process this is about
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
