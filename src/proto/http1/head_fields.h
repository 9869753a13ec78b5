// SPDX-License-Identifier: MIT
// What the fields of a head mean for the message itself: its host, its framing, its connection
// (RFC 9110, sections 7.2 and 10.1.1; RFC 9112, sections 3.2, 6 and 9.3).
#pragma once

#include <cstdint>
#include <string_view>

#include "http/field.h"
#include "http/request.h"
#include "proto/http1/fault.h"
#include "proto/http1/request_line.h"
#include "proto/session.h"

namespace penstock::proto::http1 {

/// Gathers the known fields of one head, then fills in what follows from them together.
class HeadFields {
 public:
  explicit HeadFields(http::Request& request) : request_(request) {}

  /// Takes a field that identify_field() knows.
  Fault take(http::FieldId id, std::string_view value);

  /// Fills in the request but for its other fields.
  Fault finish(const RequestLine& line, const Endpoints& endpoints, const Limits& limits);

 private:
  Fault take_host(std::string_view value);
  Fault take_length(std::string_view value);
  Fault take_type(std::string_view value);
  void take_connection(std::string_view value);
  void take_coding(std::string_view value);

  Fault finish_path(const RequestLine& line);
  Fault finish_host(const RequestLine& line, const Endpoints& endpoints);
  Fault finish_framing(const Limits& limits);

  http::Request& request_;
  Fault coding_fault_ = nullptr;
  bool has_coding_ = false;
  bool has_host_ = false;
  bool expects_ = false;
  bool close_ = false;
  bool keep_ = false;
};

}  // namespace penstock::proto::http1
