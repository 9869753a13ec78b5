// SPDX-License-Identifier: MIT
// Users and groups by spawn-fcgi's rules.
#pragma once

#include <sys/types.h>

#include <string>

#include "base/result.h"

namespace penstock::spawnfcgi {

/// Who to be; 0 stands for no change, since nobody becomes root here.
struct Account {
  uid_t user = 0;
  gid_t group = 0;
  std::string name;  // of the user, if it has one
};

/// Looks up names or numbers; both may be empty. Without a group it is the user's.
Result<Account> find_account(const std::string& user, const std::string& group);

/// Takes on the group and the supplementary groups: before a change of root, which may hide
/// /etc/group.
Result<> take_groups(const Account& account);
/// Takes on the user. There is no way back.
Result<> take_user(const Account& account);

}  // namespace penstock::spawnfcgi
