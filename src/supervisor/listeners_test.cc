// SPDX-License-Identifier: MIT
#include "supervisor/listeners.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace penstock::supervisor {
namespace {

namespace fs = std::filesystem;
using config::Protocol;
using testing::HasSubstr;

class ListenersTest : public testing::Test {
 protected:
  ListenersTest() {
    std::string pattern = testing::TempDir() + "penstock-listeners-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }
  ~ListenersTest() override { fs::remove_all(folder_); }

  std::string path(const char* name) const { return (folder_ / name).string(); }

  /// A listening socket as systemd passes it.
  static std::vector<Fd> passed_socket() {
    std::vector<Fd> passed;
    passed.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(::listen(passed.back().get(), 5), 0);
    return passed;
  }

  fs::path folder_;
  config::Config config_;
};

TEST_F(ListenersTest, AreOpenedInTheOrderOfTheConfiguration) {
  config_.listen = {{Protocol::Uwsgi, "127.0.0.1:0", ""}, {Protocol::Http, path("a.sock"), ""}};
  const auto opened = open_listeners(config_);
  ASSERT_TRUE(opened) << opened.error().what;
  ASSERT_EQ(opened->size(), 2u);
  EXPECT_EQ((*opened)[0]->protocol, Protocol::Uwsgi);
  EXPECT_NE((*opened)[0]->listener.address.port(), 0);
  EXPECT_EQ((*opened)[1]->listener.address.path(), path("a.sock"));
}

TEST_F(ListenersTest, RemoveTheirSocketFiles) {
  config_.listen = {{Protocol::Http, path("a.sock"), ""}};
  {
    const auto opened = open_listeners(config_);
    ASSERT_TRUE(opened);
    EXPECT_TRUE(fs::exists(path("a.sock")));
  }
  EXPECT_FALSE(fs::exists(path("a.sock")));
}

TEST_F(ListenersTest, LeaveAFileThatReplacedTheirs) {
  config_.listen = {{Protocol::Http, path("a.sock"), ""}};
  {
    const auto opened = open_listeners(config_);
    ASSERT_TRUE(opened);
    fs::rename(path("a.sock"), path("b.sock"));
    fs::create_directory(path("a.sock"));
  }
  EXPECT_TRUE(fs::exists(path("a.sock")));
  EXPECT_TRUE(fs::exists(path("b.sock")));
}

TEST_F(ListenersTest, RemoveARelativeFileFromAnotherFolderToo) {
  const fs::path before = fs::current_path();
  config_.listen = {{Protocol::Http, "./relative.sock", ""}};
  {
    fs::current_path(folder_);
    const auto opened = open_listeners(config_);
    fs::current_path(before);
    ASSERT_TRUE(opened) << opened.error().what;
    EXPECT_TRUE(fs::exists(path("relative.sock")));
  }
  EXPECT_FALSE(fs::exists(path("relative.sock")));
}

TEST_F(ListenersTest, LeaveNothingBehindWhenOneCannotBeOpened) {
  config_.listen = {{Protocol::Http, path("a.sock"), ""},
                    {Protocol::Http, "/nowhere/b.sock", "command line"}};
  const auto opened = open_listeners(config_);
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().what, HasSubstr("/nowhere/b.sock"));
  EXPECT_THAT(opened.error().what, HasSubstr("command line"));
  EXPECT_FALSE(fs::exists(path("a.sock")));
}

TEST_F(ListenersTest, SpeakTheCommonProtocolWhenTheyComeFromSystemd) {
  auto passed = passed_socket();
  config_.socket.inherited = Protocol::Http;
  const int number = passed.front().get();
  const auto opened = open_listeners(config_, std::move(passed));
  ASSERT_TRUE(opened) << opened.error().what;
  ASSERT_EQ(opened->size(), 1u);
  EXPECT_EQ((*opened)[0]->protocol, Protocol::Http);
  EXPECT_EQ((*opened)[0]->listener.fd.get(), number);
}

TEST_F(ListenersTest, SpeakWhatASettingSaysOfTheOneFromSystemd) {
  auto passed = passed_socket();
  const int number = passed.front().get();
  config_.listen = {{Protocol::Http, "127.0.0.1:0", ""},
                    {Protocol::Http, "fd://" + std::to_string(number), ""}};
  const auto opened = open_listeners(config_, std::move(passed));
  ASSERT_TRUE(opened) << opened.error().what;
  ASSERT_EQ(opened->size(), 2u);
  EXPECT_EQ((*opened)[1]->protocol, Protocol::Http);
  EXPECT_EQ((*opened)[1]->listener.fd.get(), number);
}

TEST_F(ListenersTest, AreRefusedWhenSystemdPassesSomethingElse) {
  std::vector<Fd> passed;
  passed.emplace_back(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const auto opened = open_listeners(config_, std::move(passed));
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().what, HasSubstr("LISTEN_FDS"));
}

}  // namespace
}  // namespace penstock::supervisor
