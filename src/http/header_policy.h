// SPDX-License-Identifier: MIT
// Which fields of a request reach the application (S6). Every protocol asks here, so that none
// of them lets a field through that another refuses.
#pragma once

#include <cstdint>
#include <string_view>

#include "http/field.h"

namespace penstock::http {

enum class FieldPolicy : std::uint8_t {
  Keep,  // goes into Request::fields
  Drop,  // does not: the server has used it up, or it could pass for another one
};

/// Does a '_' stand in a field's name? "X_Real_IP" and "X-Real-IP" are one CGI variable.
enum class Underscore : std::uint8_t { Absent, Present };

/// What becomes of one field. Dropped are Content-Length and Content-Type (members of Request
/// of their own), what concerns the connection alone, Proxy (it would be HTTP_PROXY), and names
/// with an underscore. Fields that Connection names are kept: a peer must not be able to take
/// out what a front end has put in.
FieldPolicy request_field_policy(FieldId id, Underscore underscore);

/// The same where the name was not searched for underscores yet.
FieldPolicy request_field_policy(std::string_view name, FieldId id);

/// May the field stand in a trailer? Trailers are dropped, but those that only mean something
/// in a head betray a peer that smuggles (S4).
bool may_be_trailer(FieldId id);

}  // namespace penstock::http
