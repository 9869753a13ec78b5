// SPDX-License-Identifier: MIT
// The listening socket that a FastCGI program gets.
#pragma once

#include "base/fd.h"
#include "base/result.h"
#include "spawnfcgi/account.h"
#include "spawnfcgi/options.h"

namespace penstock::spawnfcgi {

/// Opens a listening socket that blocks, as FastCGI programs expect it; close-on-exec. `owner` and
/// `mode` are for the file of a UNIX socket. Only a dead socket's file is replaced.
Result<Fd> open_socket(const Place& place, int backlog, const Account& owner, mode_t mode);

}  // namespace penstock::spawnfcgi
