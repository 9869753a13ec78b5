// SPDX-License-Identifier: MIT
// Becoming another user for good.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/config.h"

namespace penstock::service {

/// Whom to become; what is not set stays.
struct Identity {
  std::optional<uid_t> user;
  std::optional<gid_t> group;      // where none is named, the user's own
  std::string name;                // of the user; empty if it has none
  std::vector<gid_t> more_groups;  // besides those that the system knows of
};

/// Looks the names up.
Result<Identity> find_identity(const config::ServiceConfig& config);

/// Becomes it, supplementary groups too, and makes sure that there is no way back. Only root can;
/// others get an error unless they are that user already. No other thread may run.
Result<> become(const Identity& identity);

}  // namespace penstock::service
