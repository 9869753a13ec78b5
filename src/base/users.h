// SPDX-License-Identifier: MIT
// Users and groups by name or number.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "base/result.h"

namespace penstock {

/// The number of a user, given by name or number; a number need not have a name.
Result<uid_t> find_user(const std::string& text);

/// The same of a group.
Result<gid_t> find_group(const std::string& text);

/// What the system knows of a user.
struct KnownUser {
  std::string name;
  gid_t group = 0;  // the primary one
};
std::optional<KnownUser> describe_user(uid_t user);

}  // namespace penstock
