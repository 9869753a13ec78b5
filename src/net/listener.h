// SPDX-License-Identifier: MIT
// Listening sockets: opened once by the master, inherited by every worker.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "net/address.h"

namespace penstock::net {

struct ListenOptions {
  int backlog = 1024;          // clamped to net.core.somaxconn, with a warning
  std::optional<mode_t> mode;  // of a UNIX socket's file: chmod-socket
  std::string owner;           // "user", "user:group", ":group", numbers too: chown-socket
  bool reuse_port = false;
  bool client_speaks_first = true;  // false: it may wait for our bytes
};

/// A bound, listening, non-blocking, close-on-exec socket. A TCP one has TCP_NODELAY, which Linux
/// passes on to every connection.
struct Listener {
  Fd fd;
  Address address;  // as bound: a port 0 has become a number
};

/// Opens `text`: what Address::parse() takes, or "fd://N" for an inherited descriptor. The file
/// of a dead UNIX socket is replaced; a living one, another file, and an address in use are
/// errors that name it. On failure nothing stays open and nothing new stays on disk. A UNIX
/// socket has its mode and owner before anybody can connect; the process's umask is changed for
/// that moment, so no other thread should be creating files.
Result<Listener> listen_on(std::string_view text, const ListenOptions& options);

/// Takes over a descriptor that is already a listening socket. The error says what it is.
Result<Listener> adopt_listener(Fd fd);

/// Whether `fd` is a socket that adopt_listener() takes.
bool is_listener(int fd);

/// Moves descriptor 0 elsewhere, close-on-exec; /dev/null takes its place, so that no program gets
/// the socket as its standard input.
Result<Fd> move_standard_input();

/// What systemd passed (sd_listen_fds(3)): descriptors 3 … 3+n-1, when LISTEN_PID is us. Unsets
/// the variables.
std::vector<Fd> take_systemd_sockets();

}  // namespace penstock::net
