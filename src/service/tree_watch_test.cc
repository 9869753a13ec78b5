// SPDX-License-Identifier: MIT
#include "service/tree_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "service/test_folder.h"
#include "service/test_loop.h"

namespace penstock::service {
namespace {

using testing::ElementsAre;

class TreeWatchTest : public testing::Test {
 protected:
  TreeWatchTest() {
    std::filesystem::create_directories(folder_ / "app/deep/deeper");
    TreeWatch::Settings settings;
    settings.counts = [](std::string_view name) { return name.ends_with(".py"); };
    settings.changed = [this](const std::set<std::string>& changed) {
      ++bursts_;
      changed_.insert(changed.begin(), changed.end());
    };
    settings.settle = 20ms;
    watch_ = std::move(TreeWatch::create(*loop_, settings).value());
    EXPECT_TRUE(watch_->add(folder_.path()));
  }
  bool sees(const std::string& name) {
    return loop_.until([&] { return changed_.contains(folder_ / name); });
  }

  TestFolder folder_;
  TestLoop loop_;
  std::set<std::string> changed_;
  int bursts_ = 0;
  std::unique_ptr<TreeWatch> watch_;
};

TEST_F(TreeWatchTest, SeesFilesWrittenReplacedAndRemovedAtEveryDepth) {
  folder_.write("a.py", "");
  ASSERT_TRUE(sees("a.py"));
  folder_.write("app/deep/deeper/b.py", "");
  ASSERT_TRUE(sees("app/deep/deeper/b.py"));
  changed_.clear();
  std::filesystem::rename(folder_ / "a.py", folder_ / "app/c.py");
  ASSERT_TRUE(sees("a.py"));
  ASSERT_TRUE(sees("app/c.py"));
  changed_.clear();
  std::filesystem::remove(folder_ / "app/c.py");
  EXPECT_TRUE(sees("app/c.py"));
}

TEST_F(TreeWatchTest, SeesOnlyWhatCounts) {
  folder_.write("a.txt", "");
  std::filesystem::create_directories(folder_ / ".git");
  std::filesystem::create_directories(folder_ / "app/__pycache__");
  folder_.write(".git/a.py", "");
  folder_.write("app/__pycache__/a.py", "");
  folder_.write("b.py", "");
  ASSERT_TRUE(sees("b.py"));
  EXPECT_THAT(changed_, ElementsAre(folder_ / "b.py"));
}

TEST_F(TreeWatchTest, SeesFoldersThatAreMadeOrMovedIn) {
  std::filesystem::create_directories(folder_ / "new/inner");
  folder_.write("new/inner/a.py", "");
  ASSERT_TRUE(sees("new/inner/a.py"));

  TestFolder elsewhere;
  std::filesystem::create_directories(elsewhere / "package/inner");
  elsewhere.write("package/inner/b.py", "");
  std::filesystem::rename(elsewhere / "package", folder_ / "package");
  EXPECT_TRUE(sees("package/inner/b.py"));
}

TEST_F(TreeWatchTest, TellsABurstOnce) {
  for (const char* name : {"a.py", "b.py", "c.py"})
    folder_.write(name, "");
  ASSERT_TRUE(sees("c.py"));
  EXPECT_EQ(changed_.size(), 3U);
  EXPECT_EQ(bursts_, 1);
}

TEST_F(TreeWatchTest, ForgetsFoldersThatAreGone) {
  const std::size_t before = watch_->folders();
  std::filesystem::remove_all(folder_ / "app/deep");
  EXPECT_TRUE(loop_.until([&] { return watch_->folders() == before - 2; }));
}

TEST_F(TreeWatchTest, SaysThatAFolderIsMissing) {
  EXPECT_FALSE(watch_->add(folder_ / "nothing here"));
}

}  // namespace
}  // namespace penstock::service
