// SPDX-License-Identifier: MIT
#include "service/log_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <string_view>

#include "service/test_folder.h"

namespace penstock::service {
namespace {

using testing::HasSubstr;

class LogFileTest : public testing::Test {
 protected:
  LogFile opened(LogFile::Settings settings = {}) {
    if (settings.path.empty()) settings.path = folder_ / "x.log";
    auto file = LogFile::open(std::move(settings));
    EXPECT_TRUE(file) << file.error().what;
    return std::move(*file);
  }
  static void write(const LogFile& file, std::string_view text) {
    EXPECT_EQ(::write(file.fd(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  mode_t mode_of(const std::string& name) const {
    struct stat about {};
    EXPECT_EQ(::stat((folder_ / name).c_str(), &about), 0);
    return about.st_mode & 07777;
  }

  TestFolder folder_;
};

TEST_F(LogFileTest, AppendsToWhatIsThere) {
  folder_.write("x.log", "before\n");
  const LogFile file = opened();
  EXPECT_EQ(file.size(), 7U);
  write(file, "now\n");
  EXPECT_EQ(folder_.read("x.log"), "before\nnow\n");
}

TEST_F(LogFileTest, EmptiesTheFileWhenAsked) {
  folder_.write("x.log", "before\n");
  LogFile::Settings settings;
  settings.path = folder_ / "x.log";
  settings.truncate = true;
  LogFile file = opened(settings);
  write(file, "now\n");
  EXPECT_EQ(folder_.read("x.log"), "now\n");
  ASSERT_TRUE(file.reopen());
  EXPECT_EQ(folder_.read("x.log"), "now\n");
}

TEST_F(LogFileTest, GivesAFileTheModeThatIsNamed) {
  opened();
  EXPECT_EQ(mode_of("x.log") & 07137, 0U);
  LogFile::Settings settings;
  settings.path = folder_ / "x.log";
  settings.mode = 0606;
  opened(settings);
  EXPECT_EQ(mode_of("x.log"), 0606U);
}

TEST_F(LogFileTest, OpensWhatHasTheNameNow) {
  LogFile file = opened();
  write(file, "old\n");
  std::filesystem::rename(folder_ / "x.log", folder_ / "y.log");
  write(file, "old too\n");
  ASSERT_TRUE(file.reopen());
  write(file, "new\n");
  EXPECT_EQ(folder_.read("y.log"), "old\nold too\n");
  EXPECT_EQ(folder_.read("x.log"), "new\n");
}

TEST_F(LogFileTest, StaysWhereItIsWhenItCannotBeOpened) {
  std::filesystem::create_directory(folder_ / "logs");
  LogFile::Settings settings;
  settings.path = folder_ / "logs/x.log";
  LogFile file = opened(settings);
  std::filesystem::rename(folder_ / "logs", folder_ / "gone");
  const auto done = file.reopen();
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().what, HasSubstr(folder_ / "logs/x.log"));
  write(file, "still here\n");
  EXPECT_EQ(folder_.read("gone/x.log"), "still here\n");
}

TEST_F(LogFileTest, RotatesToANameWithTheTime) {
  LogFile file = opened();
  write(file, "one\n");
  EXPECT_EQ(file.rotate(1700000000).value(), folder_ / "x.log.1700000000");
  write(file, "two\n");
  EXPECT_EQ(folder_.read("x.log.1700000000"), "one\n");
  EXPECT_EQ(folder_.read("x.log"), "two\n");
}

TEST_F(LogFileTest, KeepsEveryBackupOfOneSecond) {
  LogFile file = opened();
  for (const char* text : {"one\n", "two\n", "three\n"}) {
    write(file, text);
    ASSERT_TRUE(file.rotate(5));
  }
  EXPECT_EQ(folder_.read("x.log.5"), "one\n");
  EXPECT_EQ(folder_.read("x.log.5.1"), "two\n");
  EXPECT_EQ(folder_.read("x.log.5.2"), "three\n");
}

TEST_F(LogFileTest, RotatesToTheNameThatIsGiven) {
  LogFile::Settings settings;
  settings.path = folder_ / "x.log";
  settings.backup_name = folder_ / "old.log";
  LogFile file = opened(settings);
  for (const char* text : {"one\n", "two\n"}) {
    write(file, text);
    EXPECT_EQ(file.rotate(5).value(), folder_ / "old.log");
  }
  EXPECT_EQ(folder_.read("old.log"), "two\n");
  EXPECT_EQ(folder_.read("x.log"), "");
}

TEST_F(LogFileTest, IsAsBeforeAfterARotationThatFails) {
  LogFile::Settings settings;
  settings.path = folder_ / "x.log";
  settings.backup_name = folder_ / "no such folder/old.log";
  LogFile file = opened(settings);
  EXPECT_FALSE(file.rotate(5));
  write(file, "here\n");
  EXPECT_EQ(folder_.read("x.log"), "here\n");
}

TEST_F(LogFileTest, RefusesNamesThatUwsgiSendsToTheNet) {
  EXPECT_THAT(refuse_network_address("127.0.0.1:1234").error().what, HasSubstr("network address"));
  for (const char* name : {"x.log", "/var/log/a:1", "a:b.log"})
    EXPECT_TRUE(refuse_network_address(name)) << name;
}

TEST_F(LogFileTest, DoesNotWaitForTheReaderOfAPipe) {
  ASSERT_EQ(::mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  LogFile::Settings settings;
  settings.path = folder_ / "pipe";
  EXPECT_FALSE(LogFile::open(settings));
}

TEST_F(LogFileTest, RotatesNoDevice) {
  LogFile::Settings settings;
  settings.path = "/dev/null";
  LogFile file = opened(settings);
  EXPECT_EQ(file.size(), 0U);
  EXPECT_FALSE(file.rotate(5));
  EXPECT_TRUE(std::filesystem::exists("/dev/null"));
}

}  // namespace
}  // namespace penstock::service
