// SPDX-License-Identifier: MIT
// Writes HTTP/1.1 response heads and chunks (RFC 9112, sections 4, 6 and 7). Without state.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "http/request.h"
#include "http/response.h"
#include "proto/session.h"

namespace penstock::proto::http1 {

/// Appends a final head and decides how its body is framed: by its length where that is known,
/// else in chunks, else, to HTTP/1.0 peers, by the connection's end.
Encoded append_head(std::string& out, const http::Request& request, const http::ResponseHead& head,
                    const Answer& answer);

/// Appends an interim head; nothing for a peer of HTTP/1.0, which does not know them.
void append_informational(std::string& out, const http::Request& request,
                          const http::ResponseHead& head);

/// What stands before a chunk of `size` bytes, size > 0.
void append_chunk_size(std::string& out, std::size_t size);

/// Appends a whole short answer after which the connection ends.
enum class ErrorPage : unsigned char { Sent, LeftOut };
void append_rejection(std::string& out, const http::Rejection& rejection, std::string_view date,
                      ErrorPage page);

}  // namespace penstock::proto::http1
