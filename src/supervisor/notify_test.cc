// SPDX-License-Identifier: MIT
#include "supervisor/notify.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>

#include "base/fd.h"

namespace penstock::supervisor {
namespace {

/// A service manager's socket, in the abstract name space ("@…") or at a path.
Fd bound_socket(const std::string& name) {
  Fd socket{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, name.data(), name.size());
  if (name[0] == '@') address.sun_path[0] = '\0';
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
  EXPECT_EQ(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), size), 0);
  return socket;
}

std::string received(const Fd& socket) {
  std::array<char, 256> buffer{};
  const ssize_t got = ::recv(socket.get(), buffer.data(), buffer.size(), 0);
  return got < 0 ? "nothing" : std::string(buffer.data(), static_cast<std::size_t>(got));
}

std::string unique_name(std::string_view prefix) {
  return std::string(prefix) + std::to_string(::getpid());
}

TEST(Notifier, SendsEachStateToAPath) {
  const std::string path = unique_name(testing::TempDir() + "penstock-notify-");
  ::unlink(path.c_str());
  const Fd manager = bound_socket(path);
  const Notifier notifier(path);
  notifier.send("READY=1");
  notifier.send("STOPPING=1");
  EXPECT_EQ(received(manager), "READY=1");
  EXPECT_EQ(received(manager), "STOPPING=1");
  ::unlink(path.c_str());
}

TEST(Notifier, SendsToAnAbstractName) {
  const std::string name = unique_name("@penstock-notify-test-");
  const Fd manager = bound_socket(name);
  Notifier(name).send("READY=1");
  EXPECT_EQ(received(manager), "READY=1");
}

TEST(Notifier, TakesItsSocketOutOfTheEnvironment) {
  const std::string name = unique_name("@penstock-notify-env-");
  const Fd manager = bound_socket(name);
  ASSERT_EQ(::setenv("NOTIFY_SOCKET", name.c_str(), 1), 0);
  const Notifier notifier = Notifier::take_from_environment();
  EXPECT_EQ(std::getenv("NOTIFY_SOCKET"), nullptr);
  notifier.send("READY=1");
  EXPECT_EQ(received(manager), "READY=1");
}

TEST(Notifier, OutlivesAManagerThatDoesNotListen) {
  Notifier{}.send("READY=1");
  Notifier("@penstock-nobody-is-here").send("READY=1");
  Notifier("not a path").send("READY=1");
  Notifier(std::string(200, '/')).send("READY=1");

  const std::string name = unique_name("@penstock-notify-full-");
  const Fd manager = bound_socket(name);
  for (int i = 0; i < 100; ++i)
    Notifier(name).send("STATUS=full");
  EXPECT_EQ(received(manager), "STATUS=full");
}

}  // namespace
}  // namespace penstock::supervisor
