// SPDX-License-Identifier: MIT
#include "config/placeholders.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include "config/test_support.h"

namespace penstock::config {
namespace {

std::string replaced(std::string_view text) {
  const std::map<std::string, std::string, std::less<>> values{
      {"foo", "bar"}, {"num", "4"}, {"two", "2"}, {"inner", "%(foo)"}};
  const Lookup lookup = [&](std::string_view name) -> Result<std::optional<std::string>> {
    const auto found = values.find(name);
    return found == values.end() ? std::nullopt : std::optional(found->second);
  };
  return replace_placeholders(text, lookup).value_or("error");
}

TEST(Placeholders, BecomeTheValuesOfTheirNames) {
  EXPECT_EQ(replaced("%(foo)"), "bar");
  EXPECT_EQ(replaced("a%(foo)b%(num)c"), "abarb4c");
  EXPECT_EQ(replaced("%(inner)"), "%(foo)");
}

TEST(Placeholders, StayAsTheyAreWhereNothingIsKnown) {
  for (const std::string_view text : {"", "plain", "%(nope)", "%()", "%(", "%(foo", "% (foo)", "%"})
    EXPECT_EQ(replaced(text), text);
}

TEST(Placeholders, CalculateFromLeftToRight) {
  const std::vector<std::pair<std::string_view, std::string_view>> cases{{"%(num + 1)", "5"},
                                                                         {"%(num * two)", "8"},
                                                                         {"%(num ++)", "5"},
                                                                         {"%(num --)", "3"},
                                                                         {"%(num / two)", "2"},
                                                                         {"%(num / 0)", "0"},
                                                                         {"%(num two)", "42"},
                                                                         {"%(num two + 3)", "45"},
                                                                         {"%(2 + 3)", "5"},
                                                                         {"%( num)", "4"},
                                                                         {"%(nope + 1)", "1"},
                                                                         {"%(7 - 10)", "-3"},
                                                                         {"%(foo + 1)", "1"},
                                                                         {"%(2 + 3 * 4)", "20"},
                                                                         {"%(foo num)", "bar4"},
                                                                         {"%(foo  num )", "bar4"},
                                                                         {"%( )", ""}};
  for (const auto& [text, value] : cases)
    EXPECT_EQ(replaced(text), value) << text;
  EXPECT_EQ(replaced("%(9223372036854775807 + 1)"), "-9223372036854775808");
  EXPECT_EQ(replaced("%(0 - 9223372036854775807 - 1 / 0)"), "0");
}

TEST(Placeholders, PassErrorsOn) {
  const Lookup broken = [](std::string_view) -> Result<std::optional<std::string>> {
    return fail("no");
  };
  EXPECT_EQ(error_of(replace_placeholders("%(a)", broken)), "no");
  EXPECT_EQ(error_of(replace_placeholders("%(a + 1)", broken)), "no");
}

TEST(Placeholders, TakeVariablesFromTheEnvironment) {
  ::setenv("PENSTOCK_TEST_VALUE", "x y", 1);
  ::unsetenv("PENSTOCK_TEST_NOTHING");
  EXPECT_EQ(replace_variables("<$(PENSTOCK_TEST_VALUE)$(PENSTOCK_TEST_VALUE)>"), "<x yx y>");
  EXPECT_EQ(replace_variables("$(PENSTOCK_TEST_NOTHING) $ ( $("),
            "$(PENSTOCK_TEST_NOTHING) $ ( $(");
  ::unsetenv("PENSTOCK_TEST_VALUE");
}

TEST(Placeholders, TakeTheTextOfFiles) {
  const std::string path =
      (std::filesystem::path(testing::TempDir()) / "penstock_placeholders_test").string();
  std::ofstream(path) << "one\ntwo\n\n";
  EXPECT_EQ(replace_files("[@(" + path + ")]").value_or("error"), "[one\ntwo]");
  std::filesystem::remove(path);
  EXPECT_EQ(error_of(replace_files("@(" + path + ")")), path + ": open: No such file or directory");
  EXPECT_EQ(replace_files("user@host @ (x)").value_or("error"), "user@host @ (x)");
}

}  // namespace
}  // namespace penstock::config
