// SPDX-License-Identifier: MIT
// A response head on its way from an application to a protocol's encoder.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/field.h"

namespace penstock::http {

/// What an application says before the body. The views live until the head is encoded.
struct ResponseHead {
  int status = 200;
  std::string_view status_line;  // "200 OK": code, blank, reason
  Fields fields;

  // Found by check_response_head().
  std::optional<std::uint64_t> content_length;
  bool has_date = false;
  bool has_server = false;
  bool close = false;  // the application asked for the connection's end

  void reset();
};

/// Applies the response policy (S8) and fills in what the encoders need: a status of three
/// digits, names that are tokens, values without control bytes, one numeric Content-Length.
/// `Connection: close` is taken out and sets `close`; any other hop-by-hop field is refused.
/// On failure the text says which field is wrong and why.
Result<> check_response_head(ResponseHead& head);

/// How the end of a body is marked.
enum class Framing : std::uint8_t {
  None,        // no body may follow: HEAD, 1xx, 204, 304
  Length,      // Content-Length bytes
  Chunked,     // RFC 9112, section 7.1
  UntilClose,  // the connection's end
};

/// True where no body may follow the head (RFC 9110, section 6.4.1).
bool forbids_body(int status);

/// "Not Found" for 404; "Unknown" for a code without a name.
std::string_view reason_phrase(int status);

/// An answer that the server gives itself, and what the log is to say of it.
struct Rejection {
  int status = 400;
  std::string_view reason;  // static text, without the peer's bytes
};

}  // namespace penstock::http
