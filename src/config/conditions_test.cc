// SPDX-License-Identifier: MIT
#include "config/conditions.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "config/test_support.h"

namespace penstock::config {
namespace {

Verdict judged(std::string_view name, std::string_view subject, Start start = Start::First) {
  Circumstances around;
  around.start = start;
  around.value_of = [](std::string_view option) -> std::optional<std::string> {
    if (option == "processes") return "4";
    return std::nullopt;
  };
  const auto verdict = judge(name, subject, around);
  if (!verdict) ADD_FAILURE() << verdict.error().what;
  return verdict.value_or(Verdict{});
}

class Conditions : public testing::Test {
 protected:
  Conditions() {
    std::filesystem::create_directories(top_ / "folder");
    std::ofstream(top_ / "b.txt") << "one\ntwo\r\nthree";
    std::ofstream(top_ / "a.txt") << "x\n";
  }
  ~Conditions() override { std::filesystem::remove_all(top_); }

  std::string path(std::string_view name) const { return (top_ / name).string(); }

  std::filesystem::path top_ = new_folder();
};

TEST_F(Conditions, AskAboutTheEnvironment) {
  ::setenv("PENSTOCK_TEST_VALUE", "a=b", 1);
  ::unsetenv("PENSTOCK_TEST_NOTHING");
  EXPECT_TRUE(judged("if-env", "PENSTOCK_TEST_VALUE").holds);
  EXPECT_EQ(judged("if-env", "PENSTOCK_TEST_VALUE").subject, "a=b");
  EXPECT_TRUE(judged("ifenv", "PENSTOCK_TEST_VALUE=a=b").holds);
  EXPECT_FALSE(judged("if-env", "PENSTOCK_TEST_VALUE=a").holds);
  EXPECT_TRUE(judged("if-not-env", "PENSTOCK_TEST_VALUE=a").holds);
  EXPECT_FALSE(judged("if-env", "PENSTOCK_TEST_NOTHING").holds);
  EXPECT_TRUE(judged("if-not-env", "PENSTOCK_TEST_NOTHING").holds);
  EXPECT_EQ(judged("if-not-env", "PENSTOCK_TEST_NOTHING").subject, std::nullopt);
  ::unsetenv("PENSTOCK_TEST_VALUE");
}

TEST_F(Conditions, AskAboutOptions) {
  EXPECT_TRUE(judged("if-opt", "processes").holds);
  EXPECT_TRUE(judged("if-opt", "processes=4").holds);
  EXPECT_EQ(judged("if-opt", "processes=4").subject, "4");
  EXPECT_FALSE(judged("if-opt", "processes=5").holds);
  EXPECT_TRUE(judged("if-not-opt", "processes=5").holds);
  EXPECT_FALSE(judged("if-opt", "threads").holds);
  EXPECT_TRUE(judged("if-not-opt", "threads").holds);
}

TEST_F(Conditions, MatchTheNameOfTheHost) {
  std::array<char, 256> host{};
  ::gethostname(host.data(), host.size() - 1);
  const std::string name = host.data();
  EXPECT_TRUE(judged("if-hostname-match", "^" + name + "$").holds);
  EXPECT_TRUE(judged("if-hostname-match", name.substr(0, 1)).holds);
  EXPECT_FALSE(judged("if-hostname-match", "^no\\d+such$").holds);
  EXPECT_TRUE(judged("if-not-hostname-match", "^no\\d+such$").holds);
  EXPECT_EQ(judged("if-hostname-match", ".").subject, ".");
  const std::string problem = error_of(judge("if-hostname-match", "(", Circumstances{}));
  EXPECT_TRUE(problem.starts_with("(: not a regular expression: ")) << problem;
}

TEST_F(Conditions, AskAboutFiles) {
  EXPECT_TRUE(judged("if-exists", path("a.txt")).holds);
  EXPECT_TRUE(judged("ifexists", path("folder")).holds);
  EXPECT_EQ(judged("if-exists", path("a.txt")).subject, path("a.txt"));
  EXPECT_TRUE(judged("if-not-exists", path("nothing")).holds);
  EXPECT_TRUE(judged("if-file", path("a.txt")).holds);
  EXPECT_FALSE(judged("if-file", path("folder")).holds);
  EXPECT_TRUE(judged("if-not-file", path("folder")).holds);
  for (const std::string_view name : {"if-dir", "if-directory", "ifdir"}) {
    EXPECT_TRUE(judged(name, path("folder")).holds) << name;
    EXPECT_FALSE(judged(name, path("a.txt")).holds) << name;
  }
  EXPECT_TRUE(judged("if-not-dir", path("a.txt")).holds);
}

TEST_F(Conditions, AskAboutTheServer) {
  std::array<char, 256> host{};
  ::gethostname(host.data(), host.size() - 1);
  EXPECT_TRUE(judged("if-hostname", host.data()).holds);
  EXPECT_TRUE(judged("if-not-hostname", "no such host").holds);
  EXPECT_TRUE(judged("if-plugin", "python3").holds);
  EXPECT_TRUE(judged("if-not-plugin", "php").holds);
  EXPECT_FALSE(judged("if-reload", "true").holds);
  EXPECT_TRUE(judged("if-reload", "true", Start::Again).holds);
  EXPECT_FALSE(judged("if-not-reload", "true", Start::Again).holds);
}

TEST_F(Conditions, LoopOverItems) {
  using Items = std::vector<std::string>;
  EXPECT_EQ(items_of("for", " a  b c").value_or(Items{}), (Items{"a", "b", "c"}));
  EXPECT_EQ(items_of("for-times", "3").value_or(Items{}), (Items{"1", "2", "3"}));
  EXPECT_EQ(items_of("for-times", "0").value_or(Items{"x"}), Items{});
  EXPECT_EQ(items_of("for-glob", path("*.txt")).value_or(Items{}),
            (Items{path("a.txt"), path("b.txt")}));
  EXPECT_EQ(items_of("for-readline", path("b.txt")).value_or(Items{}),
            (Items{"one", "two", "three"}));
  EXPECT_EQ(items_of("for-readline", path("a.txt")).value_or(Items{}), Items{"x"});
  EXPECT_EQ(error_of(items_of("for-times", "many")), "expected a whole number of at most 65536");
  EXPECT_EQ(error_of(items_of("for-readline", path("no"))),
            path("no") + ": open: No such file or directory");
}

}  // namespace
}  // namespace penstock::config
