// SPDX-License-Identifier: MIT
// Header fields as every protocol hands them over (RFC 9110, section 5).
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace penstock::http {

/// The fields that the server itself must understand. Everything else is Other.
enum class FieldId : std::uint8_t {
  Other,
  Connection,
  ContentLength,
  ContentType,
  Cookie,
  Date,
  Expect,
  Host,
  KeepAlive,
  Proxy,
  ProxyConnection,
  Server,
  Te,
  Trailer,
  TransferEncoding,
  Upgrade,
  XForwardedFor,
  XForwardedProto,
};

/// Which field a name is, in any case of its letters.
FieldId identify_field(std::string_view name);

/// One field. The name is as sent over HTTP; gateway protocols give it in lower case with
/// dashes ("user-agent"). The views belong to whoever made the field.
struct Field {
  std::string_view name;
  std::string_view value;
  FieldId id = FieldId::Other;
};

using Fields = std::vector<Field>;

/// token of RFC 9110, section 5.6.2, not empty.
bool is_token(std::string_view text);

/// No NUL, CR, LF: the bytes that could end a field early (S3, S8). Other control bytes but HTAB
/// are refused as well.
bool is_field_value(std::string_view text);

}  // namespace penstock::http
