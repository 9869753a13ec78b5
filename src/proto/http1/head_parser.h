// SPDX-License-Identifier: MIT
// Parser of a complete request head in one pass (RFC 9112, sections 2 to 5).
#pragma once

#include <cstddef>
#include <string_view>

#include "http/request.h"
#include "proto/http1/fault.h"
#include "proto/session.h"

namespace penstock::proto::http1 {

/// What stood at the front of the input. Neither a size nor a fault: not all of a head.
struct HeadResult {
  std::size_t size = 0;  // of the head, with the empty line
  Fault fault = nullptr;
};

/// Parses the head at the front of `input` into `request`, a clean object. Without a size in the
/// result it is to be reset. Of several faults any may be named: those that HeadScanner sees as
/// well are its own to name, so that they do not depend on how the bytes arrive.
HeadResult parse_head(std::string_view input, const Endpoints& endpoints, const Limits& limits,
                      http::Request& request);

}  // namespace penstock::proto::http1
