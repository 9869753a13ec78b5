// SPDX-License-Identifier: MIT
// The file of a listening UNIX socket: what may be replaced, and who may connect.
#pragma once

#include "net/listener.h"

namespace penstock::net {

/// Binds `socket` to `address`, which has a path(). A dead socket's file is replaced; a living
/// socket's and any other file is an error. The file is made with its mode and owner; on failure
/// no file of ours is left. Not yet listening, so nobody can connect before it is complete.
Result<> bind_unix_file(int socket, const Address& address, const ListenOptions& options);

}  // namespace penstock::net
