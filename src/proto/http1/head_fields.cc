// SPDX-License-Identifier: MIT
#include "proto/http1/head_fields.h"

#include <limits>

#include "base/text.h"
#include "http/host.h"
#include "http/percent.h"
#include "proto/http1/blanks.h"

namespace penstock::proto::http1 {

namespace {

using http::FieldId;
using http::Version;

constexpr http::Rejection kPath{400, "bad percent escape in the path"};
constexpr http::Rejection kNoHost{400, "no Host field"};
constexpr http::Rejection kTwoHosts{400, "more than one Host field"};
constexpr http::Rejection kHost{400, "Host field is not a host and a port"};
constexpr http::Rejection kTwoTypes{400, "more than one Content-Type field"};
constexpr http::Rejection kTwoLengths{400, "more than one Content-Length field"};
constexpr http::Rejection kLength{400, "Content-Length is not a number"};
constexpr http::Rejection kTwoFramings{400, "both Transfer-Encoding and Content-Length"};
constexpr http::Rejection kOldFraming{400, "Transfer-Encoding in HTTP/1.0"};
constexpr http::Rejection kTwoCodings{400, "more than one Transfer-Encoding field"};
constexpr http::Rejection kCoding{501, "Transfer-Encoding other than chunked"};
constexpr http::Rejection kExpectation{417, "expectation other than 100-continue"};

// A file offset has no more bits.
constexpr std::uint64_t kLongestBody = std::numeric_limits<std::int64_t>::max();

// More than a string holds in itself, so that views into it outlive a move of the request.
constexpr std::size_t kStorageBytes = 64;

}  // namespace

Fault HeadFields::take(FieldId id, std::string_view value) {
  switch (id) {
    case FieldId::Host:
      return take_host(value);
    case FieldId::Connection:
      take_connection(value);
      return nullptr;
    case FieldId::ContentLength:
      return take_length(value);
    case FieldId::ContentType:
      return take_type(value);
    case FieldId::TransferEncoding:
      take_coding(value);
      return nullptr;
    case FieldId::Expect:
      expects_ = true;
      return text::equals_ignoring_case(value, "100-continue") ? nullptr : &kExpectation;
    default:
      return nullptr;
  }
}

Fault HeadFields::take_host(std::string_view value) {
  if (has_host_) return &kTwoHosts;
  has_host_ = true;
  const auto host = http::parse_host(value);
  if (!host) return &kHost;
  request_.host = value;
  request_.server_name = host->name;
  return nullptr;
}

Fault HeadFields::take_length(std::string_view value) {
  if (request_.content_length) return &kTwoLengths;
  request_.content_length = text::parse_unsigned(value);
  return request_.content_length ? nullptr : &kLength;
}

Fault HeadFields::take_type(std::string_view value) {
  if (request_.has_content_type) return &kTwoTypes;
  request_.has_content_type = true;
  request_.content_type = value;
  return nullptr;
}

void HeadFields::take_connection(std::string_view value) {
  for (;;) {
    const std::size_t comma = value.find(',');
    const std::string_view option = trim_blanks(value.substr(0, comma));
    if (text::equals_ignoring_case(option, "close")) close_ = true;
    if (text::equals_ignoring_case(option, "keep-alive")) keep_ = true;
    if (comma == value.npos) return;
    value.remove_prefix(comma + 1);
  }
}

// Decided in finish(): that there is a Content-Length as well is the graver fault.
void HeadFields::take_coding(std::string_view value) {
  if (has_coding_)
    coding_fault_ = &kTwoCodings;
  else if (!text::equals_ignoring_case(value, "chunked"))
    coding_fault_ = &kCoding;
  has_coding_ = true;
}

Fault HeadFields::finish(const RequestLine& line, const Endpoints& endpoints,
                         const Limits& limits) {
  request_.method = line.method;
  request_.target = line.target;
  request_.query = line.query;
  request_.protocol = line.protocol;
  request_.version = line.version;
  request_.scheme = "http";
  request_.server_port = endpoints.server_port;
  request_.remote_address = endpoints.remote_address;
  request_.remote_port = endpoints.remote_port;
  request_.head_request = line.method == "HEAD";
  request_.keep_alive = !close_ && (keep_ || line.version == Version::Http11);
  if (const Fault fault = finish_path(line)) return fault;
  if (const Fault fault = finish_host(line, endpoints)) return fault;
  return finish_framing(limits);
}

Fault HeadFields::finish_path(const RequestLine& line) {
  request_.path = line.path;
  if (!line.has_escape || line.path.find('%') == line.path.npos) return nullptr;
  request_.storage.reserve(kStorageBytes);
  if (!http::append_percent_decoded(request_.storage, line.path)) return &kPath;
  request_.path = request_.storage;
  return nullptr;
}

Fault HeadFields::finish_host(const RequestLine& line, const Endpoints& endpoints) {
  if (!has_host_ && line.version == Version::Http11) return &kNoHost;
  if (line.authority.empty()) {
    if (!has_host_) request_.server_name = endpoints.server_name;
    return nullptr;
  }
  // The authority of an absolute target stands above the Host field (RFC 9112, section 3.2.2).
  request_.host = line.authority;
  request_.server_name = http::parse_host(line.authority)->name;
  for (http::Field& field : request_.fields) {
    if (field.id != FieldId::Host) continue;
    field.value = line.authority;
    return nullptr;
  }
  request_.fields.push_back({"Host", line.authority, FieldId::Host});
  return nullptr;
}

Fault HeadFields::finish_framing(const Limits& limits) {
  if (has_coding_) {
    if (request_.version == Version::Http10) return &kOldFraming;
    if (request_.content_length) return &kTwoFramings;
    if (coding_fault_ != nullptr) return coding_fault_;
    request_.chunked = true;
  }
  const std::uint64_t length = request_.content_length.value_or(0);
  const std::uint64_t longest = limits.body_bytes == 0 ? kLongestBody : limits.body_bytes;
  if (length > longest) return &kLongBody;
  // HTTP/1.0 does not know interim answers.
  request_.expect_continue =
      expects_ && request_.version == Version::Http11 && (request_.chunked || length > 0);
  return nullptr;
}

}  // namespace penstock::proto::http1
