// SPDX-License-Identifier: MIT
// A client's socket that waits no longer than it should.
#pragma once

#include <poll.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/result.h"
#include "net/address.h"

namespace penstock::console {

/// Waits for poll(2)'s `events` until `deadline`; false: it has passed. May wake too early.
Result<bool> wait_for(int fd, short events, SteadyTime deadline);

/// Connected and non-blocking.
Result<Fd> connect_to(const net::Address& address, SteadyTime deadline);

}  // namespace penstock::console
