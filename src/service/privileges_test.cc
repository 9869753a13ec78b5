// SPDX-License-Identifier: MIT
#include "service/privileges.h"

#include <gmock/gmock.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>

#include "base/users.h"

namespace penstock::service {
namespace {

using testing::StartsWith;

/// Runs `check` in a child, which may change what it is; whether it was true.
bool in_child(const std::function<bool()>& check) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(check() ? 0 : 1);
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

config::ServiceConfig asked(std::string uid, std::string gid = {}) {
  config::ServiceConfig config;
  config.uid = std::move(uid);
  config.gid = std::move(gid);
  return config;
}

TEST(Identity, HasTheGroupOfItsUserUnlessAnotherIsNamed) {
  const Identity nobody = find_identity(asked("nobody")).value();
  EXPECT_EQ(nobody.user, find_user("nobody").value());
  EXPECT_EQ(nobody.group, describe_user(*nobody.user)->group);
  EXPECT_EQ(nobody.name, "nobody");
  EXPECT_EQ(find_identity(asked("nobody", "daemon"))->group, find_group("daemon").value());
}

TEST(Identity, MayBeOfNumbers) {
  const Identity numbers = find_identity(asked("54321", "12345")).value();
  EXPECT_EQ(numbers.user, 54321U);
  EXPECT_EQ(numbers.group, 12345U);
  EXPECT_EQ(numbers.name, "");
}

TEST(Identity, NamesTheOptionThatIsWrong) {
  EXPECT_THAT(find_identity(asked("nobody here")).error().what, StartsWith("--uid: "));
  EXPECT_THAT(find_identity(asked("nobody", "no group")).error().what, StartsWith("--gid: "));
  config::ServiceConfig config;
  config.additional_gids = {"no group"};
  EXPECT_THAT(find_identity(config).error().what, StartsWith("--add-gid: "));
}

TEST(Become, TakesTheUserAndAllItsGroupsForGood) {
  if (::geteuid() != 0) return;  // who is not root has the test after this one
  config::ServiceConfig config = asked("nobody", "daemon");
  config.additional_gids = {"4242"};
  const Identity identity = find_identity(config).value();
  EXPECT_TRUE(in_child([&] {
    if (!become(identity)) return false;
    gid_t groups[64];
    const int count = ::getgroups(64, groups);
    bool has_added = false;
    for (int i = 0; i < count; ++i) {
      if (groups[i] == 0) return false;
      has_added = has_added || groups[i] == 4242;
    }
    return has_added && ::getuid() == *identity.user && ::getegid() == *identity.group &&
           ::setuid(0) != 0 && ::setgid(0) != 0;
  }));
}

TEST(Become, IsRefusedToOthersThanRoot) {
  EXPECT_TRUE(in_child([] {
    if (::geteuid() == 0 && ::setuid(12345) != 0) return false;
    const bool same = become(find_identity(asked(std::to_string(::getuid()))).value()).has_value();
    const bool other = become(find_identity(asked("54321")).value()).has_value();
    return same && !other;
  }));
}

}  // namespace
}  // namespace penstock::service
