// SPDX-License-Identifier: MIT
#include "config/environment.h"

#include <gtest/gtest.h>

#include "config/option_table.h"
#include "config/test_support.h"

namespace penstock::config {
namespace {

Environment read(const std::vector<std::string>& variables) {
  std::vector<const char*> pointers;
  for (const std::string& variable : variables)
    pointers.push_back(variable.c_str());
  pointers.push_back(nullptr);
  return read_environment(pointers.data());
}

TEST(Environment, ReadsBothPrefixes) {
  const Environment environment =
      read({"PATH=/bin", "PENSTOCK_MAX_QUEUE=7", "UWSGI_PROCESSES=4", "UWSGI_HTTP_SOCKET=:80"});
  EXPECT_EQ(pairs_of(environment.settings),
            (Pairs{{"processes", "4"}, {"http-socket", ":80"}, {"max-queue", "7"}}));
  EXPECT_EQ(environment.settings[0].origin, "environment UWSGI_PROCESSES");
  EXPECT_TRUE(environment.warnings.empty());
}

TEST(Environment, PutsOursLastSoThatTheyWin) {
  EXPECT_EQ(pairs_of(read({"PENSTOCK_THREADS=2", "UWSGI_THREADS=8"}).settings),
            (Pairs{{"threads", "8"}, {"threads", "2"}}));
}

TEST(Environment, ReadsEveryNameOfEveryOption) {
  for (const Section& section : sections())
    for (const Option& option : section.options) {
      if (std::holds_alternative<Mode>(option.effect)) continue;
      if (section.title.starts_with("Conditions")) continue;
      for (const std::string_view name : option.all_names())
        for (const std::string_view prefix : {"PENSTOCK_", "UWSGI_"})
          EXPECT_EQ(pairs_of(read({variable_name(prefix, name) + "=7"}).settings),
                    (Pairs{{std::string(name), "7"}}));
    }
}

TEST(Environment, LeavesAloneWhatMeansNothingAsAVariable) {
  const Environment environment =
      read({"UWSGI_VERSION=2.0.30", "UWSGI_HELP=1", "UWSGI_FOR=a b", "PENSTOCK_ENDIF=1", "UWSGI_=x",
            "UWSGI_JUNK", "uwsgi_processes=4", "PATH=/bin"});
  EXPECT_TRUE(environment.settings.empty());
  EXPECT_TRUE(environment.warnings.empty());
}

TEST(Environment, MakesPlaceholdersOfWhatElseIsUwsgis) {
  const Environment environment = read({"UWSGI_ORIGINAL_PROC_NAME=uwsgi", "UWSGI_FOO=a=b"});
  EXPECT_EQ(pairs_of(environment.settings), (Pairs{{"set-placeholder", "original-proc-name=uwsgi"},
                                                   {"set-placeholder", "foo=a=b"}}));
  EXPECT_TRUE(environment.warnings.empty());
}

TEST(Environment, HandsOnTheUwsgiOptionsThatAreNotThereYet) {
  const Environment environment = read({"UWSGI_BACKTRACE_DEPTH=9"});
  ASSERT_EQ(environment.settings.size(), 1U);
  EXPECT_EQ(error_of(lookup(environment.settings[0])),
            "environment UWSGI_BACKTRACE_DEPTH: a uWSGI option that Penstock does not have yet");
}

TEST(Environment, TakesAnEmptyVariableForNoneUnlessItIsAFlag) {
  EXPECT_EQ(pairs_of(read({"UWSGI_PROCESSES=", "UWSGI_MASTER=", "UWSGI_HARAKIRI="}).settings),
            (Pairs{{"master", ""}}));
}

TEST(Environment, WarnsOfAMistypedOptionOfOurs) {
  const Environment environment = read({"PENSTOCK_PROCESES=4", "PENSTOCK_ZZZZ_UNRELATED_QQQQ=1"});
  EXPECT_TRUE(environment.settings.empty());
  EXPECT_EQ(environment.warnings,
            (std::vector<std::string>{"environment PENSTOCK_PROCESES: no such option; did you mean "
                                      "PENSTOCK_PROCESSES?"}));
}

TEST(Environment, KeepsEqualSignsOfTheValue) {
  EXPECT_EQ(pairs_of(read({"UWSGI_ENV=A=b=c"}).settings), (Pairs{{"env", "A=b=c"}}));
}

}  // namespace
}  // namespace penstock::config
