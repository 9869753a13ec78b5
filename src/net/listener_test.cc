// SPDX-License-Identifier: MIT
#include "net/listener.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/stat.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace penstock::net {
namespace {

using testing::AllOf;
using testing::AnyOf;
using testing::HasSubstr;
using testing::StartsWith;

bool connects(const Address& address) {
  const Fd client(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
  return ::connect(client.get(), address.raw(), address.size()) == 0;
}

bool is_open(int fd) {
  return ::fcntl(fd, F_GETFD) >= 0;
}

int lowest_free() {
  return Fd(::fcntl(0, F_DUPFD_CLOEXEC, 0)).get();
}

/// A folder of its own for each test, and a check that no descriptor is leaked.
class ListenerTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "penstock-XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    path_ = folder_ + "/x.sock";
    free_before_ = lowest_free();
  }

  void TearDown() override {
    EXPECT_EQ(lowest_free(), free_before_);
    std::filesystem::remove_all(folder_);
  }

  struct stat about() const {
    struct stat result {};
    EXPECT_EQ(::lstat(path_.c_str(), &result), 0);
    return result;
  }

  mode_t permissions() const { return about().st_mode & 07777; }

  std::string error_at(const std::string& text, const ListenOptions& options = {}) {
    const auto listener = listen_on(text, options);
    return listener ? "no error" : listener.error().what;
  }

  std::string folder_;
  std::string path_;
  int free_before_ = -1;
};

TEST_F(ListenerTest, ListensOnATcpPortThatTheKernelChose) {
  const auto listener = listen_on("127.0.0.1:0", {});
  ASSERT_TRUE(listener) << listener.error().what;
  EXPECT_EQ(listener->address.host(), "127.0.0.1");
  EXPECT_GT(listener->address.port(), 0);
  EXPECT_NE(::fcntl(listener->fd.get(), F_GETFL) & O_NONBLOCK, 0);
  EXPECT_NE(::fcntl(listener->fd.get(), F_GETFD) & FD_CLOEXEC, 0);
  EXPECT_TRUE(connects(listener->address));
}

TEST_F(ListenerTest, ListensOnAllIpv4AddressesWhenOnlyAPortIsGiven) {
  const auto listener = listen_on(":0", {});
  ASSERT_TRUE(listener) << listener.error().what;
  EXPECT_EQ(listener->address.host(), "0.0.0.0");
  EXPECT_TRUE(connects(*Address::parse(fmt::format("127.0.0.1:{}", listener->address.port()))));
}

TEST_F(ListenerTest, ListensOnIpv6ApartFromIpv4) {
  const auto six = listen_on("[::]:0", {});
  if (!six) {  // a machine without IPv6
    EXPECT_THAT(six.error().code, AnyOf(EAFNOSUPPORT, EADDRNOTAVAIL));
    EXPECT_THAT(six.error().what, StartsWith("[::]:0: "));
    return;
  }
  int only_six = 0;
  socklen_t size = sizeof only_six;
  ASSERT_EQ(::getsockopt(six->fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &only_six, &size), 0);
  EXPECT_EQ(only_six, 1);
  EXPECT_TRUE(connects(*Address::parse(fmt::format("[::1]:{}", six->address.port()))));
}

TEST_F(ListenerTest, NamesAnAddressThatIsInUse) {
  const auto first = listen_on("127.0.0.1:0", {});
  ASSERT_TRUE(first);
  const std::string text = first->address.text();
  const auto second = listen_on(text, {});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, EADDRINUSE);
  EXPECT_THAT(second.error().what,
              AllOf(StartsWith(text + ": "), HasSubstr("another server listens there"),
                    HasSubstr("choose another address")));
}

TEST_F(ListenerTest, SharesAPortOnlyWhenItIsAskedTo) {
  ListenOptions options;
  options.reuse_port = true;
  const auto first = listen_on("127.0.0.1:0", options);
  ASSERT_TRUE(first);
  EXPECT_TRUE(listen_on(first->address.text(), options));
  EXPECT_FALSE(listen_on(first->address.text(), {}));
}

TEST_F(ListenerTest, SaysThatNoInterfaceHasTheAddress) {
  EXPECT_THAT(error_at("192.0.2.1:0"), AllOf(StartsWith("192.0.2.1:0: no network interface"),
                                             HasSubstr("has this address")));
}

TEST_F(ListenerTest, PassesOnWhyAnAddressCannotBeRead) {
  EXPECT_THAT(error_at("8080"), HasSubstr("has no port"));
}

TEST_F(ListenerTest, ClampsTheQueueToWhatTheKernelAllowsWithAWarning) {
  ListenOptions options;
  options.backlog = 2'000'000'000;
  testing::internal::CaptureStderr();
  const auto listener = listen_on("127.0.0.1:0", options);
  const std::string said = testing::internal::GetCapturedStderr();
  ASSERT_TRUE(listener) << listener.error().what;
  EXPECT_THAT(said, AllOf(StartsWith("warning: 127.0.0.1:0: "), HasSubstr("2000000000"),
                          HasSubstr("net.core.somaxconn")));
  EXPECT_TRUE(connects(listener->address));
}

TEST_F(ListenerTest, ListensOnAnAbstractNameThatNobodyElseHas) {
  const std::string name = "@" + path_;
  const auto first = listen_on(name, {});
  ASSERT_TRUE(first) << first.error().what;
  EXPECT_EQ(first->address.text(), name);
  EXPECT_TRUE(connects(first->address));
  EXPECT_THAT(error_at(name), AllOf(StartsWith(name), HasSubstr("another server listens there")));
}

TEST_F(ListenerTest, ListensOnAUnixPathWithExactlyTheGivenMode) {
  const mode_t before = ::umask(0077);
  for (const mode_t mode : {0666U, 0600U, 0664U, 0777U, 0U}) {
    ListenOptions options;
    options.mode = mode;
    const auto listener = listen_on(path_, options);
    ASSERT_TRUE(listener) << listener.error().what;
    EXPECT_EQ(permissions(), mode);
    EXPECT_EQ(listener->address.path(), path_);
    ASSERT_EQ(::unlink(path_.c_str()), 0);
  }
  EXPECT_EQ(::umask(before), mode_t{0077});
}

TEST_F(ListenerTest, LeavesTheModeToTheUmaskWhenNoneIsGiven) {
  const mode_t before = ::umask(0027);
  const auto listener = listen_on(path_, {});
  ::umask(before);
  ASSERT_TRUE(listener);
  EXPECT_EQ(permissions(), mode_t{0750});
  EXPECT_TRUE(connects(listener->address));
}

TEST_F(ListenerTest, ReplacesTheFileOfADeadSocket) {
  ASSERT_TRUE(listen_on(path_, {}));  // closed at once, its file stays
  const auto listener = listen_on("unix:" + path_, {});
  ASSERT_TRUE(listener) << listener.error().what;
  EXPECT_TRUE(connects(listener->address));
}

TEST_F(ListenerTest, RefusesAPathWhereAServerLivesAndLeavesItAlone) {
  const auto living = listen_on(path_, {});
  ASSERT_TRUE(living);
  const ino_t file = about().st_ino;
  EXPECT_EQ(error_at(path_),
            path_ + ": in use by a running server: stop it or choose another path");
  EXPECT_EQ(about().st_ino, file);
  EXPECT_TRUE(connects(living->address));
}

TEST_F(ListenerTest, RefusesAPathWhereAServerLivesThatIsTooBusyToAnswer) {
  ListenOptions options;
  options.backlog = 1;
  const auto living = listen_on(path_, options);
  ASSERT_TRUE(living);
  std::vector<Fd> waiting;
  for (;;) {
    Fd client(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (::connect(client.get(), living->address.raw(), living->address.size()) != 0) break;
    waiting.push_back(std::move(client));
  }
  ASSERT_EQ(errno, EAGAIN);
  EXPECT_THAT(error_at(path_), HasSubstr("in use by a running server"));
}

TEST_F(ListenerTest, RefusesToReplaceAnythingButASocket) {
  std::ofstream(path_) << "precious";
  EXPECT_THAT(error_at(path_), AllOf(StartsWith(path_ + ": a regular file, not a socket"),
                                     HasSubstr("remove it or choose another path")));
  EXPECT_EQ(std::filesystem::file_size(path_), 8U);
  std::filesystem::remove(path_);
  std::filesystem::create_directory(path_);
  EXPECT_THAT(error_at(path_), HasSubstr("a folder, not a socket"));
  std::filesystem::remove(path_);
  std::filesystem::create_symlink("nowhere", path_);
  EXPECT_THAT(error_at(path_), HasSubstr("a symbolic link, not a socket"));
  EXPECT_TRUE(std::filesystem::is_symlink(path_));
}

TEST_F(ListenerTest, SaysThatTheFolderIsMissing) {
  const std::string path = folder_ + "/missing/x.sock";
  EXPECT_THAT(error_at(path),
              StartsWith(path + ": the folder for this socket is missing: create it"));
}

TEST_F(ListenerTest, GivesTheFileToItsOwnerByNumber) {
  const bool root = ::geteuid() == 0;
  const uid_t user = root ? 12345 : ::geteuid();
  const gid_t group = root ? 23456 : ::getegid();
  ListenOptions options;
  options.owner = fmt::format("{}:{}", user, group);
  ASSERT_TRUE(listen_on(path_, options));
  EXPECT_EQ(about().st_uid, user);
  EXPECT_EQ(about().st_gid, group);
  ASSERT_EQ(::unlink(path_.c_str()), 0);

  options.owner = fmt::format(":{}", group);
  ASSERT_TRUE(listen_on(path_, options));
  EXPECT_EQ(about().st_uid, ::geteuid());
  EXPECT_EQ(about().st_gid, group);
}

TEST_F(ListenerTest, LeavesNoFileWhenItsOwnerCannotBeSet) {
  ListenOptions options;
  for (const char* owner : {"no such user", ":no such group", "no such user:0", "99999999999"}) {
    options.owner = owner;
    EXPECT_THAT(error_at(path_, options), StartsWith(path_ + ": there is no "));
    EXPECT_FALSE(std::filesystem::exists(path_));
  }
}

TEST_F(ListenerTest, TakesOverAnInheritedDescriptorByItsNumber) {
  auto made = listen_on("127.0.0.1:0", {});
  ASSERT_TRUE(made);
  const int number = made->fd.release();
  const std::string text = fmt::format("fd://{}", number);
  // One of our own is not inherited, and would be closed twice.
  EXPECT_THAT(error_at(text), AllOf(StartsWith(text + ": "), HasSubstr("not passed")));
  ASSERT_TRUE(is_open(number));

  ASSERT_EQ(::fcntl(number, F_SETFD, 0), 0);
  ASSERT_EQ(::fcntl(number, F_SETFL, 0), 0);
  const auto taken = listen_on(text, {});
  ASSERT_TRUE(taken) << taken.error().what;
  EXPECT_EQ(taken->fd.get(), number);
  EXPECT_EQ(taken->address.text(), made->address.text());
  EXPECT_NE(::fcntl(number, F_GETFL) & O_NONBLOCK, 0);
  EXPECT_NE(::fcntl(number, F_GETFD) & FD_CLOEXEC, 0);
}

TEST_F(ListenerTest, SaysWhatADescriptorIsThatDoesNotListen) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), 0), 0);
  const Fd reader(ends[0]);
  const Fd writer(ends[1]);
  const std::string text = fmt::format("fd://{}", reader.get());
  EXPECT_EQ(error_at(text), text + ": this descriptor is a pipe, not a listening socket");
  EXPECT_TRUE(is_open(reader.get()));  // not ours to close

  const Fd idle(::socket(AF_INET, SOCK_STREAM, 0));
  EXPECT_THAT(error_at(fmt::format("fd://{}", idle.get())),
              HasSubstr("a socket that does not listen"));
  EXPECT_THAT(error_at(fmt::format("fd://{}", lowest_free())), HasSubstr("is not open"));
  for (const char* none : {"fd://", "fd://x", "fd://-1", "fd://99999999999"}) {
    EXPECT_THAT(error_at(none), HasSubstr("give the number of an open descriptor"));
  }

  const auto adopted = adopt_listener(Fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)));
  ASSERT_FALSE(adopted);
  EXPECT_THAT(adopted.error().what, HasSubstr("does not listen"));
}

/// Runs in a child, since it changes standard input.
[[noreturn]] void move_in_a_child(int socket) {
  ::dup2(socket, STDIN_FILENO);
  const auto moved = move_standard_input();
  const bool right = moved && moved->get() > STDERR_FILENO && is_listener(moved->get()) &&
                     (::fcntl(moved->get(), F_GETFD) & FD_CLOEXEC) != 0 &&
                     !is_listener(STDIN_FILENO) && is_open(STDIN_FILENO);
  std::_Exit(right ? 0 : 1);
}

TEST_F(ListenerTest, MovesASocketAwayFromStandardInput) {
  const auto listener = listen_on("127.0.0.1:0", {});
  ASSERT_TRUE(listener);
  EXPECT_TRUE(is_listener(listener->fd.get()));
  EXPECT_FALSE(is_listener(lowest_free()));
  EXPECT_EXIT(move_in_a_child(listener->fd.get()), testing::ExitedWithCode(0), "");
}

/// Runs in a child, since descriptors 3 and up are what the test program itself uses.
[[noreturn]] void take_in_a_child(int socket, bool for_us) {
  ::dup2(socket, 3);
  ::dup2(socket, 4);
  ::close(5);
  const std::string pid = fmt::format("{}", ::getpid() + (for_us ? 0 : 1));
  ::setenv("LISTEN_PID", pid.c_str(), 1);
  ::setenv("LISTEN_FDS", "3", 1);  // one more than there are
  std::vector<Fd> taken = take_systemd_sockets();
  const bool unset = std::getenv("LISTEN_PID") == nullptr && std::getenv("LISTEN_FDS") == nullptr;
  bool right = unset && taken.size() == (for_us ? 2U : 0U);
  for (Fd& fd : taken) {
    right = right && (::fcntl(fd.get(), F_GETFD) & FD_CLOEXEC) != 0;
    right = right && adopt_listener(std::move(fd)).has_value();
  }
  std::_Exit(right ? 0 : 1);
}

TEST_F(ListenerTest, TakesTheSocketsThatSystemdPassedToThisProcess) {
  const auto listener = listen_on("127.0.0.1:0", {});
  ASSERT_TRUE(listener);
  EXPECT_EXIT(take_in_a_child(listener->fd.get(), true), testing::ExitedWithCode(0), "");
  EXPECT_EXIT(take_in_a_child(listener->fd.get(), false), testing::ExitedWithCode(0), "");
  EXPECT_TRUE(take_systemd_sockets().empty());
}

}  // namespace
}  // namespace penstock::net
