// SPDX-License-Identifier: MIT
// System calls on non-blocking stream sockets, with their errors sorted. Nothing here allocates,
// since a socket that is not ready is the usual case and not an error.
#pragma once

#include <sys/socket.h>
#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/fd.h"

namespace penstock::net {

/// What one transfer of bytes came to. EINTR is never seen: the call was repeated.
struct Transfer {
  enum class Status : std::uint8_t {
    Done,    // `size` bytes went through, at least one unless none was asked for
    Again,   // not ready: wait for an edge
    Ended,   // the peer sends no more; for send_file(): the file ends here
    Failed,  // `error` says why; the connection is of no more use
  };
  Status status = Status::Done;
  int error = 0;  // errno when Failed
  std::size_t size = 0;

  bool done() const { return status == Status::Done; }
  bool again() const { return status == Status::Again; }
};

/// recv(2) into `room`, which must not be empty.
Transfer read_some(int socket, std::span<char> room);

/// send(2) or sendmsg(2) of as much of `parts` as the socket takes. `flags`: MSG_MORE when more
/// follows at once. Raises no SIGPIPE.
Transfer send_gather(int socket, std::span<const iovec> parts, int flags = 0);

/// sendfile(2) of up to `count` bytes of `file` from `offset` on; the file's own position is not
/// used. The socket must be O_NONBLOCK, and SIGPIPE ignored: no flag of the call stands for these.
/// Failed with EINVAL: this kind of file cannot be sent so, but can be read and sent.
Transfer send_file(int socket, int file, std::uint64_t offset, std::size_t count);

/// What one accept(2) came to.
struct Accepted {
  enum class Status : std::uint8_t {
    Done,           // `fd` is a connection, non-blocking and close-on-exec; `peer` is its peer
    Again,          // nobody waits
    Lost,           // that connection failed before it was taken: call again
    NoDescriptors,  // no descriptor or memory is free: try later, the queue keeps
    Failed,         // `error` says why; this socket will never accept
  };
  Status status = Status::Done;
  int error = 0;  // errno when not Done
  Fd fd;
  socklen_t peer_size = 0;
  sockaddr_storage peer;  // set up to peer_size
};

/// accept4(2). A connection has TCP_NODELAY already when its listener came from net/listener.h.
Accepted accept_one(int listener);

/// TCP_NODELAY. Silently nothing on a UNIX socket.
void set_no_delay(int socket);

/// No more bytes to the peer: it sees the end of the stream, and what it still sends can be read.
void shutdown_write(int socket);

}  // namespace penstock::net
