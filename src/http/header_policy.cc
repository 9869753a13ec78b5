// SPDX-License-Identifier: MIT
#include "http/header_policy.h"

namespace penstock::http {

namespace {

template <class... Ids>
constexpr std::uint32_t set_of(Ids... ids) {
  return ((std::uint32_t{1} << static_cast<unsigned>(ids)) | ...);
}

constexpr bool contains(std::uint32_t set, FieldId id) {
  return ((set >> static_cast<unsigned>(id)) & 1) != 0;
}

constexpr std::uint32_t kUsedUp =
    set_of(FieldId::Connection, FieldId::ContentLength, FieldId::ContentType, FieldId::KeepAlive,
           FieldId::Proxy, FieldId::ProxyConnection, FieldId::Te, FieldId::Trailer,
           FieldId::TransferEncoding, FieldId::Upgrade);

constexpr std::uint32_t kHarmlessTrailers = set_of(FieldId::Other, FieldId::Date);

}  // namespace

FieldPolicy request_field_policy(FieldId id, Underscore underscore) {
  const bool drop = contains(kUsedUp, id) || underscore == Underscore::Present;
  return drop ? FieldPolicy::Drop : FieldPolicy::Keep;
}

FieldPolicy request_field_policy(std::string_view name, FieldId id) {
  const bool found = name.find('_') != std::string_view::npos;
  return request_field_policy(id, found ? Underscore::Present : Underscore::Absent);
}

bool may_be_trailer(FieldId id) {
  return contains(kHarmlessTrailers, id);
}

}  // namespace penstock::http
