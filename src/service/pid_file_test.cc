// SPDX-License-Identifier: MIT
#include "service/pid_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "service/test_folder.h"

namespace penstock::service {
namespace {

using testing::HasSubstr;

/// Another process that holds a pid file for as long as this object lives.
class OtherServer {
 public:
  explicit OtherServer(const std::string& path) {
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    pid_ = ::fork();
    if (pid_ == 0) {
      const auto file = PidFile::write(path);
      const char byte = file ? 'y' : 'n';
      static_cast<void>(::write(ends[1], &byte, 1));
      ::pause();
    }
    char byte = 0;
    EXPECT_EQ(::read(ends[0], &byte, 1), 1);
    EXPECT_EQ(byte, 'y');
    ::close(ends[0]);
    ::close(ends[1]);
  }
  OtherServer(const OtherServer&) = delete;
  OtherServer& operator=(const OtherServer&) = delete;
  ~OtherServer() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = 0;
};

class PidFileTest : public testing::Test {
 protected:
  TestFolder folder_;
  const std::string path_ = folder_ / "x.pid";
};

TEST_F(PidFileTest, HoldsOurNumberAndGoesWithUs) {
  {
    const auto file = PidFile::write(path_);
    ASSERT_TRUE(file) << file.error().what;
    EXPECT_EQ(folder_.read("x.pid"), std::to_string(::getpid()) + "\n");
    EXPECT_EQ(read_pid_file(path_).value(), ::getpid());
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
}

TEST_F(PidFileTest, CanBeWrittenByUsAlone) {
  const mode_t before = ::umask(0);
  const auto file = PidFile::write(path_);
  ::umask(before);
  struct stat about {};
  ASSERT_EQ(::stat(path_.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 07777, 0644U);
}

TEST_F(PidFileTest, IsRefusedToASecondServer) {
  const OtherServer other(path_);
  const auto file = PidFile::write(path_);
  ASSERT_FALSE(file);
  EXPECT_THAT(file.error().what, HasSubstr("running server (pid: " + std::to_string(other.pid())));
  EXPECT_EQ(read_pid_file(path_).value(), other.pid());
}

TEST_F(PidFileTest, ReplacesThatOfADeadServerWhoseNumberLives) {
  folder_.write("x.pid", std::to_string(::getppid()) + "\n");
  EXPECT_THAT(read_pid_file(path_).error().what, HasSubstr("does not run any more"));
  ASSERT_TRUE(PidFile::write(path_));
}

TEST_F(PidFileTest, StaysIfItIsAnothersByNow) {
  {
    const auto file = PidFile::write(path_);
    std::filesystem::remove(path_);
    folder_.write("x.pid", "1\n");
  }
  EXPECT_EQ(folder_.read("x.pid"), "1\n");
}

TEST_F(PidFileTest, CanBeMadeAnew) {
  auto file = PidFile::write(path_);
  ASSERT_TRUE(file->rewrite());
  std::filesystem::remove(path_);
  ASSERT_TRUE(file->rewrite());
  EXPECT_EQ(read_pid_file(path_).value(), ::getpid());
}

TEST_F(PidFileTest, FollowsNoLinkOfAnotherUser) {
  folder_.write("victim", "precious");
  std::filesystem::create_symlink(folder_ / "victim", path_);
  ASSERT_TRUE(PidFile::write(path_));
  EXPECT_EQ(folder_.read("victim"), "precious");
}

TEST_F(PidFileTest, SaysWhatIsWrong) {
  EXPECT_THAT(read_pid_file(path_).error().what, HasSubstr("No such file"));
  folder_.write("x.pid", "many words");
  EXPECT_THAT(read_pid_file(path_).error().what, HasSubstr("no process id"));
  EXPECT_THAT(PidFile::write(folder_ / "missing/x.pid").error().what, HasSubstr("missing/x.pid"));
}

}  // namespace
}  // namespace penstock::service
