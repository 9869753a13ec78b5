// SPDX-License-Identifier: MIT
#include "supervisor/interpreter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

namespace penstock::supervisor {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

class Interpreter : public testing::Test {
 protected:
  Interpreter() {
    std::string pattern = testing::TempDir() + "penstock-interpreter-XXXXXX";
    root_ = fs::canonical(::mkdtemp(pattern.data()));
    around_.executable = (root_ / "opt/bin/penstock").string();
  }
  ~Interpreter() override { fs::remove_all(root_); }

  std::string make(const std::string& path, fs::perms mode = fs::perms::owner_all) {
    const fs::path file = root_ / path;
    fs::create_directories(file.parent_path());
    std::ofstream(file) << "#";
    fs::permissions(file, mode);
    return file.string();
  }
  std::string folder(const std::string& path) const { return (root_ / path).string(); }

  fs::path root_;
  Surroundings around_;
};

TEST_F(Interpreter, IsThatOfTheVirtualenvWhichIsNamed) {
  make("opt/bin/python3");
  const std::string python = make("env/bin/python");
  make("env/bin/python3");
  EXPECT_EQ(find_interpreter(folder("env"), around_).value(), python);
}

TEST_F(Interpreter, MayBeCalledPython3InAVirtualenv) {
  const std::string python = make("env/bin/python3");
  EXPECT_EQ(find_interpreter(folder("env") + "/", around_).value(),
            fs::path(folder("env/")) / "bin/python3");
  EXPECT_EQ(find_interpreter(folder("env"), around_).value(), python);
}

TEST_F(Interpreter, KeepsTheNameOfALink) {
  make("usr/bin/python3.11");
  fs::create_directories(root_ / "env/bin");
  fs::create_symlink(root_ / "usr/bin/python3.11", root_ / "env/bin/python");
  EXPECT_EQ(find_interpreter(folder("env"), around_).value(), folder("env/bin/python"));
}

TEST_F(Interpreter, NamesAVirtualenvWithoutPythonInsteadOfTakingAnother) {
  make("opt/bin/python3");
  make("env/bin/python", fs::perms::owner_read);
  fs::create_directories(root_ / "env/bin/python3");
  const auto python = find_interpreter(folder("env"), around_);
  ASSERT_FALSE(python);
  EXPECT_THAT(python.error().what, HasSubstr(folder("env/bin")));
}

TEST_F(Interpreter, IsTheNearestWithoutAVirtualenv) {
  around_.search_path = folder("a") + ":" + folder("b");
  around_.virtual_env = folder("active");
  EXPECT_FALSE(find_interpreter("", around_));
  const std::string on_path = make("b/python3");
  EXPECT_EQ(find_interpreter("", around_).value(), on_path);
  const std::string active = make("active/bin/python");
  EXPECT_EQ(find_interpreter("", around_).value(), active);
  const std::string beside = make("opt/bin/python3");
  EXPECT_EQ(find_interpreter("", around_).value(), beside);
}

TEST_F(Interpreter, SaysWhereItLookedInVain) {
  around_.search_path = folder("a");
  const auto python = find_interpreter("", around_);
  ASSERT_FALSE(python);
  EXPECT_THAT(python.error().what, HasSubstr(folder("opt/bin")));
  EXPECT_THAT(python.error().what, HasSubstr(folder("a")));
}

TEST_F(Interpreter, FindsThePackageOfABuildTree) {
  make("opt/python/penstock/_zygote.py");
  EXPECT_THAT(find_packages(around_).value(), ElementsAre(folder("opt/python")));
}

TEST_F(Interpreter, FindsThePackagesOfAnInstallation) {
  make("opt/lib/python3.11/site-packages/penstock/_zygote.py");
  make("opt/lib/python3.12/site-packages/penstock/_zygote.py");
  make("opt/lib/python3/dist-packages/penstock/_zygote.py");
  make("opt/lib/python3.10/site-packages/other/_zygote.py");
  EXPECT_THAT(find_packages(around_).value(),
              ElementsAre(folder("opt/lib/python3.11/site-packages"),
                          folder("opt/lib/python3.12/site-packages"),
                          folder("opt/lib/python3/dist-packages")));
}

TEST_F(Interpreter, TakesThePackageThatTheEnvironmentNamesOrNone) {
  make("opt/python/penstock/_zygote.py");
  around_.package_path = folder("mine");
  const auto missing = find_packages(around_);
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().what, HasSubstr(folder("mine")));
  make("mine/penstock/_zygote.py");
  EXPECT_THAT(find_packages(around_).value(), ElementsAre(folder("mine")));
}

TEST_F(Interpreter, SaysWhereThePackageShouldBe) {
  const auto packages = find_packages(around_);
  ASSERT_FALSE(packages);
  EXPECT_THAT(packages.error().what, HasSubstr(folder("opt/python")));
  EXPECT_THAT(packages.error().what, HasSubstr("PENSTOCK_PACKAGE_PATH"));
}

TEST(SurroundingsOfThisProcess, NameThisExecutable) {
  const auto around = Surroundings::of_this_process();
  ASSERT_TRUE(around);
  EXPECT_THAT(around->executable, testing::EndsWith("_test"));
}

}  // namespace
}  // namespace penstock::supervisor
