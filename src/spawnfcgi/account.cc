// SPDX-License-Identifier: MIT
#include "spawnfcgi/account.h"

#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <optional>

#include "base/text.h"

namespace penstock::spawnfcgi {
namespace {

constexpr auto kNobody = static_cast<std::uint32_t>(-1);  // "unchanged" to the system

/// A number as such; "0" is taken for a name, as by spawn-fcgi, and there is none.
std::optional<std::uint32_t> number_in(const std::string& text) {
  const auto number = text::parse_unsigned(text);
  if (!number || *number == 0 || *number >= kNobody) return std::nullopt;
  return static_cast<std::uint32_t>(*number);
}

}  // namespace

Result<Account> find_account(const std::string& user, const std::string& group) {
  Account account;
  const passwd* entry = nullptr;
  if (const auto number = number_in(user)) {
    account.user = *number;
    entry = ::getpwuid(account.user);
  } else if (!user.empty()) {
    entry = ::getpwnam(user.c_str());
    if (entry == nullptr) return fail(fmt::format("can't find user name {}", user));
    account.user = entry->pw_uid;
    if (account.user == 0) return fail("I will not set uid to 0");
  }
  if (entry != nullptr) {
    account.name = entry->pw_name;
    account.group = entry->pw_gid;
  }
  if (const auto number = number_in(group)) {
    account.group = *number;
  } else if (!group.empty()) {
    const ::group* const found = ::getgrnam(group.c_str());
    if (found == nullptr) return fail(fmt::format("can't find group name {}", group));
    account.group = found->gr_gid;
  }
  const bool group_is_known = entry != nullptr || !group.empty();
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
