// SPDX-License-Identifier: MIT
#include "base/environment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace penstock {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Optional;

TEST(Environment, IsACopyOfOurs) {
  ASSERT_EQ(::setenv("PENSTOCK_ENVIRONMENT_TEST", "yes", 1), 0);
  EXPECT_THAT(current_environment(), Contains("PENSTOCK_ENVIRONMENT_TEST=yes"));
  ::unsetenv("PENSTOCK_ENVIRONMENT_TEST");
}

TEST(Environment, FindsVariablesByTheirWholeNames) {
  const std::vector<std::string> environment{"PATHS=1", "PATH=a=b", "EMPTY="};
  EXPECT_THAT(find_variable(environment, "PATH"), Optional(std::string_view("a=b")));
  EXPECT_THAT(find_variable(environment, "EMPTY"), Optional(std::string_view()));
  EXPECT_EQ(find_variable(environment, "PAT"), std::nullopt);
}

TEST(Environment, ReplacesAddsAndRemovesVariables) {
  std::vector<std::string> environment{"A=1", "AB=2", "A=3"};
  set_variable(environment, "A", "4");
  EXPECT_THAT(environment, ElementsAre("AB=2", "A=4"));
  set_variable(environment, "A", *find_variable(environment, "A"));
  set_variable(environment, "C", "");
  EXPECT_THAT(environment, ElementsAre("AB=2", "A=4", "C="));
  remove_variable(environment, "AB");
  remove_variable(environment, "B");
  EXPECT_THAT(environment, ElementsAre("A=4", "C="));
}

}  // namespace
}  // namespace penstock
