// SPDX-License-Identifier: MIT
// How many connections wait in a listening socket.
#pragma once

#include <cstdint>

namespace penstock::net {

struct ListenQueue {
  std::uint32_t waiting = 0;  // connections that nobody has accepted yet
  std::uint32_t limit = 0;    // how many may wait; 0: not known
};

/// Asks the kernel about `listener`, a TCP or UNIX socket. What it does not tell stays 0.
ListenQueue listen_queue(int listener);

/// How often a TCP connection found its queue full: of all sockets of this network namespace,
/// since it began. The kernel does not count that for each socket.
std::uint64_t listen_overflows();

}  // namespace penstock::net
