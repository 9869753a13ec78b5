// SPDX-License-Identifier: MIT
// SCGI: a netstring of variables, a body, a CGI answer, one a connection
// (https://python.ca/scgi/protocol.txt).
#pragma once

#include <memory>

#include "proto/cgi_response.h"
#include "proto/session.h"

namespace penstock::proto::scgi {

std::unique_ptr<Session> make_session(const Endpoints& endpoints, const Limits& limits);

/// `form` is how heads of answers begin.
std::unique_ptr<Session> make_session(const Endpoints& endpoints, const Limits& limits,
                                      HeadForm form);

}  // namespace penstock::proto::scgi
