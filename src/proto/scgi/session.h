// SPDX-License-Identifier: MIT
// SCGI: a netstring of variables, a body, a CGI answer, one a connection
// (https://python.ca/scgi/protocol.txt).
#pragma once

#include <memory>

#include "proto/session.h"

namespace penstock::proto::scgi {

std::unique_ptr<Session> make_session(const Endpoints& endpoints, const Limits& limits);

}  // namespace penstock::proto::scgi
