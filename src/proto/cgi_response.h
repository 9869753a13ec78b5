// SPDX-License-Identifier: MIT
// Writes response heads for web servers that relay them: nothing is added that the server in
// front adds itself (Date, Server, Connection).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "http/request.h"
#include "http/response.h"
#include "proto/session.h"

namespace penstock::proto {

/// How a head begins.
enum class HeadForm : std::uint8_t {
  Http,  // "HTTP/1.1 200 OK", with the protocol of the request
  Cgi,   // "Status: 200 OK" (RFC 3875, section 6.3.3)
};

/// Appends a whole head. Content-Length is added where the application gave none, a body may
/// follow and its length is known. Gives Framing::None, Length or UntilClose.
http::Framing append_cgi_head(std::string& out, HeadForm form, const http::Request& request,
                              const http::ResponseHead& head, const Answer& answer);

/// Appends a whole short answer; Retry-After for 503. `explanation` is a line for the person who
/// reads it; it may be empty.
void append_cgi_rejection(std::string& out, HeadForm form, const http::Rejection& rejection,
                          std::string_view explanation);

}  // namespace penstock::proto
