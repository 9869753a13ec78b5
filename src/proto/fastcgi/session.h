// SPDX-License-Identifier: MIT
// FastCGI 1.0, the role of the Responder: requests that a web server sends over a connection, one
// after the other or mixed with each other, and their answers.
#pragma once

#include <memory>

#include "proto/cgi_response.h"
#include "proto/session.h"

namespace penstock::proto::fastcgi {

/// What the server tells a peer that asks (FCGI_GET_VALUES).
struct Capacity {
  unsigned connections = 1024;  // FCGI_MAX_CONNS
  unsigned requests = 1024;     // FCGI_MAX_REQS
};

/// `form` is how heads of answers begin.
std::unique_ptr<Session> make_session(const Endpoints& endpoints, const Limits& limits,
                                      const Capacity& capacity = {}, HeadForm form = HeadForm::Cgi);

}  // namespace penstock::proto::fastcgi
