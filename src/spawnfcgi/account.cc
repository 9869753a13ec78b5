// SPDX-License-Identifier: MIT
#include "spawnfcgi/account.h"

#include <fmt/format.h>
#include <grp.h>
#include <unistd.h>

#include <optional>

#include "base/users.h"

namespace penstock::spawnfcgi {

Result<Account> find_account(const std::string& user, const std::string& group) {
  Account account;
  std::optional<KnownUser> known;
  if (!user.empty()) {
    const auto number = find_user(user);
    if (!number) return fail(fmt::format("can't find user name {}", user));
    account.user = *number;
    if (account.user == 0) return fail("I will not set uid to 0");
    known = describe_user(account.user);
  }
  if (known) {
    account.name = known->name;
    account.group = known->group;
  }
  if (!group.empty()) {
    const auto number = find_group(group);
    if (!number) return fail(fmt::format("can't find group name {}", group));
    account.group = *number;
  }
  const bool group_is_known = known || !group.empty();
  if (group_is_known && account.group == 0) return fail("I will not set gid to 0");
  return account;
}

Result<> take_groups(const Account& account) {
  if (account.user == 0 && account.group == 0) return {};
  // Root's own groups must not stay, whatever else is kept.
  if (::setgroups(0, nullptr) < 0) return os_error("setgroups");
  if (account.group == 0) return {};
  if (!account.name.empty() && ::initgroups(account.name.c_str(), account.group) < 0)
    return os_error("initgroups");
  if (::setgid(account.group) < 0) return os_error("setgid");
  return {};
}

Result<> take_user(const Account& account) {
  if (account.user != 0 && ::setuid(account.user) < 0) return os_error("setuid");
  return {};
}

}  // namespace penstock::spawnfcgi
