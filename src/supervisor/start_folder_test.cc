// SPDX-License-Identifier: MIT
#include "supervisor/start_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <string>

namespace penstock::supervisor {
namespace {

namespace fs = std::filesystem;

class StartFolderTest : public testing::Test {
 protected:
  StartFolderTest() {
    std::string pattern = fs::temp_directory_path() / "penstock-test-XXXXXX";
    top_ = fs::canonical(::mkdtemp(pattern.data()));
    fs::create_directory(top_ / "site");
    fs::current_path(top_ / "site");
  }
  ~StartFolderTest() override {
    fs::current_path(before_);
    fs::remove_all(top_);
  }

  fs::path before_ = fs::current_path();
  fs::path top_;
};

TEST_F(StartFolderTest, IsWhatHasTheNameNow) {
  const auto folder = StartFolder::here();
  ASSERT_TRUE(folder);
  fs::rename(top_ / "site", top_ / "old");
  fs::create_directory(top_ / "site");
  ASSERT_TRUE(folder->enter());
  EXPECT_EQ(fs::current_path(), top_ / "site");
}

TEST_F(StartFolderTest, IsTheSameFolderWhereNothingHasTheName) {
  const auto folder = StartFolder::here();
  ASSERT_TRUE(folder);
  fs::rename(top_ / "site", top_ / "old");
  fs::current_path(top_);
  ASSERT_TRUE(folder->enter());
  EXPECT_EQ(fs::current_path(), top_ / "old");
}

TEST_F(StartFolderTest, SaysThatItIsGone) {
  const auto folder = StartFolder::here();
  ASSERT_TRUE(folder);
  fs::current_path(top_);
  fs::remove(top_ / "site");
  const auto entered = folder->enter();
  ASSERT_FALSE(entered);
  EXPECT_EQ(entered.error().what,
            (top_ / "site").string() + ": the folder that the server was started in is gone");
  EXPECT_EQ(fs::current_path(), top_);
}

}  // namespace
}  // namespace penstock::supervisor
