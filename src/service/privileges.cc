// SPDX-License-Identifier: MIT
// Groups first, the user last: afterwards we may not change groups any more.
#include "service/privileges.h"

#include <fmt/format.h>
#include <grp.h>
#include <unistd.h>

#include "base/log.h"
#include "base/users.h"

namespace penstock::service {
namespace {

Result<> check_unprivileged(const Identity& identity) {
  if (identity.user && *identity.user != ::getuid())
    return fail(fmt::format("only root can become the user {} (--uid)", *identity.user));
  const auto known = identity.user ? describe_user(*identity.user) : std::nullopt;
  const bool is_implied = known && identity.group == known->group;
  if (identity.group && !is_implied && *identity.group != ::getgid())
    return fail(
        fmt::format("only root can become a member of the group {} (--gid)", *identity.group));
  if (!identity.more_groups.empty()) return fail("only root can take more groups (--add-gid)");
  return {};
}

Result<> take_supplementary_groups(const Identity& identity) {
  std::vector<gid_t> groups;
  if (!identity.name.empty()) {
    const gid_t primary = identity.group.value_or(::getgid());
    if (::initgroups(identity.name.c_str(), primary) < 0) return os_error("initgroups");
    const int count = ::getgroups(0, nullptr);
    if (count < 0) return os_error("getgroups");
    groups.resize(static_cast<std::size_t>(count));
    if (::getgroups(count, groups.data()) < 0) return os_error("getgroups");
  }
  groups.insert(groups.end(), identity.more_groups.begin(), identity.more_groups.end());
  if (::setgroups(groups.size(), groups.data()) < 0) return os_error("setgroups");
  return {};
}

}  // namespace

Result<Identity> find_identity(const config::ServiceConfig& config) {
  Identity identity;
  if (!config.uid.empty()) {
    auto user = find_user(config.uid);
    if (!user) return unexpected(std::move(user).error().about("--uid"));
    identity.user = *user;
    if (const auto known = describe_user(*user)) {
      identity.name = known->name;
      identity.group = known->group;
    }
  }
  if (!config.gid.empty()) {
    auto group = find_group(config.gid);
    if (!group) return unexpected(std::move(group).error().about("--gid"));
    identity.group = *group;
  }
  for (const std::string& text : config.additional_gids) {
    auto group = find_group(text);
    if (!group) return unexpected(std::move(group).error().about("--add-gid"));
    identity.more_groups.push_back(*group);
  }
  return identity;
}

Result<> become(const Identity& identity) {
  if (::geteuid() != 0) return check_unprivileged(identity);
  const bool is_asked = identity.user || identity.group || !identity.more_groups.empty();
  if (is_asked) TRY(take_supplementary_groups(identity));
  if (identity.group) {
    log::info("setgid() to {}", *identity.group);
    const gid_t group = *identity.group;
    if (::setresgid(group, group, group) < 0) return os_error("setresgid");
  }
  if (identity.user) {
    log::info("setuid() to {}", *identity.user);
    const uid_t user = *identity.user;
    if (::setresuid(user, user, user) < 0) return os_error("setresuid");
    if (user != 0 && ::setuid(0) == 0) return fail("setuid: root could be taken back");
  }
  if (::geteuid() == 0) log::warning("running as root: let --uid name another user");
  return {};
}

}  // namespace penstock::service
