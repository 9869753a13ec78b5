// SPDX-License-Identifier: MIT
// FastCGI 1.0, the role of the Responder: requests that a web server sends over a connection, one
// after the other or mixed with each other, and their answers.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "proto/session.h"

namespace penstock::proto::fastcgi {

/// What the server tells a peer that asks (FCGI_GET_VALUES).
struct Capacity {
  unsigned connections = 1024;  // FCGI_MAX_CONNS
  unsigned requests = 1024;     // FCGI_MAX_REQS
};

std::unique_ptr<Session> make_session(const Endpoints& endpoints, const Limits& limits,
                                      const Capacity& capacity = {});

/// Appends text for the web server's error log (FCGI_STDERR), which may come before the end of
/// the answer to `stream`.
void append_stderr(std::uint32_t stream, std::string_view text, std::string& out);

}  // namespace penstock::proto::fastcgi
