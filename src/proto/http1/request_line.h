// SPDX-License-Identifier: MIT
// The first line of a request (RFC 9112, section 3).
#pragma once

#include <string_view>

#include "http/request.h"
#include "proto/http1/fault.h"

namespace penstock::proto::http1 {

/// The parts of a request line. Views into the line, or constants.
struct RequestLine {
  std::string_view method;
  std::string_view target;
  std::string_view protocol;
  std::string_view authority;  // of an absolute form; else empty
  std::string_view path;       // as sent: "/…", or "*" for OPTIONS
  std::string_view query;      // after the '?'
  bool has_escape = false;     // there is a '%' in the target
  http::Version version = http::Version::Http11;
};

/// Takes a line apart that holds no control bytes but tabs, without its CRLF.
Fault parse_request_line(std::string_view line, RequestLine& out);

}  // namespace penstock::proto::http1
