// SPDX-License-Identifier: MIT
// HTTP/1.0 and HTTP/1.1 on one connection (RFC 9110, RFC 9112), in their strict form: what two
// readers could understand in two ways is refused.
#pragma once

#include <memory>

#include "proto/session.h"

namespace penstock::proto::http1 {

/// The session of a new connection. A NeedInput event may have consumed bytes: those of chunk
/// framing and empty lines.
std::unique_ptr<proto::Session> make_session(const Endpoints& endpoints, const Limits& limits);

}  // namespace penstock::proto::http1
