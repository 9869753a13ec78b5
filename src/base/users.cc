// SPDX-License-Identifier: MIT
// The lookups use static memory of the C library: they are for the start of the server, which has
// one thread.
#include "base/users.h"

#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>

#include <limits>

#include "base/text.h"

namespace penstock {
namespace {

std::optional<std::uint32_t> number_in(std::string_view text) {
  const auto number = text::parse_unsigned(text);
  // The largest number means "none" to the system.
  if (!number || *number >= std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
  return static_cast<std::uint32_t>(*number);
}

}  // namespace

Result<uid_t> find_user(const std::string& text) {
  if (const auto number = number_in(text)) return *number;
  const passwd* const entry = ::getpwnam(text.c_str());
  if (entry == nullptr) return fail(fmt::format("there is no user '{}'", text));
  return entry->pw_uid;
}

Result<gid_t> find_group(const std::string& text) {
  if (const auto number = number_in(text)) return *number;
  const ::group* const entry = ::getgrnam(text.c_str());
  if (entry == nullptr) return fail(fmt::format("there is no group '{}'", text));
  return entry->gr_gid;
}

std::optional<KnownUser> describe_user(uid_t user) {
  const passwd* const entry = ::getpwuid(user);
  if (entry == nullptr) return std::nullopt;
  return KnownUser{entry->pw_name, entry->pw_gid};
}

}  // namespace penstock
