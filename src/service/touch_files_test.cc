// SPDX-License-Identifier: MIT
#include "service/touch_files.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "service/test_folder.h"
#include "service/test_loop.h"

namespace penstock::service {
namespace {

class TouchFilesTest : public testing::Test {
 protected:
  void watch(const std::string& name) {
    files_.add(folder_ / name, [this](const std::string& path) { touched_.push_back(path); });
  }
  /// As touch(1) does; each time is another one.
  void touch(const std::string& name) {
    timespec times[2] = {{++time_, 0}, {time_, 0}};
    EXPECT_EQ(::utimensat(AT_FDCWD, (folder_ / name).c_str(), times, 0), 0);
  }
  bool becomes(std::size_t count) {
    return loop_.until([&] { return touched_.size() >= count; }) && touched_.size() == count;
  }
  /// Proves that nothing happened: a touch that comes later is seen, and alone.
  void expect_quiet(const std::string& name) {
    const std::size_t before = touched_.size();
    touch(name);
    EXPECT_TRUE(becomes(before + 1));
  }

  TestFolder folder_;
  TestLoop loop_;
  TouchFiles files_{*loop_};
  std::vector<std::string> touched_;
  time_t time_ = 1'000'000;
};

TEST_F(TouchFilesTest, SeesATouch) {
  folder_.write("a", "");
  watch("a");
  for (std::size_t i = 1; i <= 3; ++i) {
    touch("a");
    ASSERT_TRUE(becomes(i));
  }
  EXPECT_EQ(touched_.back(), folder_ / "a");
}

TEST_F(TouchFilesTest, SeesAFileAppear) {
  watch("a");
  folder_.write("a", "");
  ASSERT_TRUE(becomes(1));
  std::filesystem::remove(folder_ / "a");
  folder_.write("a", "");
  EXPECT_TRUE(becomes(2));
}

TEST_F(TouchFilesTest, SeesAFileReplacedAndWritten) {
  folder_.write("a", "");
  watch("a");
  folder_.write("b", "");
  std::filesystem::rename(folder_ / "b", folder_ / "a");
  ASSERT_TRUE(becomes(1));
  touch("a");
  ASSERT_TRUE(becomes(2));
  folder_.write("a", "text");
  EXPECT_TRUE(becomes(3));
}

TEST_F(TouchFilesTest, TellsFilesOfOneFolderApart) {
  for (const char* name : {"a", "b", "other"})
    folder_.write(name, "");
  watch("a");
  watch("b");
  touch("other");
  touch("b");
  ASSERT_TRUE(becomes(1));
  EXPECT_EQ(touched_.back(), folder_ / "b");
}

TEST_F(TouchFilesTest, TakesABurstForOneTouch) {
  folder_.write("a", "");
  watch("a");
  for (int i = 0; i < 20; ++i)
    touch("a");
  ASSERT_TRUE(becomes(1));
  expect_quiet("a");
}

TEST_F(TouchFilesTest, DoesNotMindThatAFileGoes) {
  folder_.write("a", "");
  folder_.write("b", "");
  watch("a");
  watch("b");
  std::filesystem::remove(folder_ / "a");
  expect_quiet("b");
}

TEST_F(TouchFilesTest, FollowsLinks) {
  std::filesystem::create_directory(folder_ / "far");
  folder_.write("far/a", "");
  std::filesystem::create_symlink(folder_ / "far/a", folder_ / "a");
  watch("a");
  touch("far/a");
  EXPECT_TRUE(becomes(1));
}

TEST_F(TouchFilesTest, FollowsALinkThatIsSwitchedToAnotherFolder) {
  for (const char* name : {"v1", "v2"})
    std::filesystem::create_directory(folder_ / name);
  folder_.write("v1/a", "");
  folder_.write("v2/a", "");
  std::filesystem::create_symlink("v1", folder_ / "current");
  std::filesystem::create_symlink("current/a", folder_ / "a");
  watch("a");
  std::filesystem::create_symlink("v2", folder_ / "next");
  std::filesystem::rename(folder_ / "next", folder_ / "current");
  ASSERT_TRUE(becomes(1));
  touch("v2/a");
  EXPECT_TRUE(becomes(2));
}

TEST_F(TouchFilesTest, WaitsForAFolderToAppear) {
  watch("later/a");
  std::filesystem::create_directory(folder_ / "later");
  folder_.write("later/a", "");
  ASSERT_TRUE(becomes(1));
  touch("later/a");
  ASSERT_TRUE(becomes(2));
  std::filesystem::remove_all(folder_ / "later");
  std::filesystem::create_directory(folder_ / "later");
  folder_.write("later/a", "");
  EXPECT_TRUE(becomes(3));
}

}  // namespace
}  // namespace penstock::service
