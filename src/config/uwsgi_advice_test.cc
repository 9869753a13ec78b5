// SPDX-License-Identifier: MIT
#include "config/uwsgi_advice.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "config/lookup.h"
#include "config/option_table.h"
#include "config/test_support.h"
#include "config/uwsgi_names.h"

namespace penstock::config {
namespace {

TEST(UwsgiAdvice, SaysWhatToDoInstead) {
  EXPECT_EQ(error_of(lookup({"spooler-chdir", "/", "site.ini:3"})),
            "site.ini:3: spooler-chdir: a uWSGI option that Penstock does not have: run tasks in a "
            "program of their own, such as Celery, RQ or a systemd timer");
  EXPECT_EQ(error_of(lookup({"abstract-socket", "x", std::string(kCommandLine)})),
            "--abstract-socket: a uWSGI option that Penstock does not have: give --socket @NAME");
  EXPECT_FALSE(advice_about("static-map").empty());
  EXPECT_FALSE(advice_about("vhost").empty());
}

TEST(UwsgiAdvice, HasNothingForOtherNames) {
  EXPECT_EQ(advice_about("processes"), "");
  EXPECT_EQ(advice_about("nothing-of-the-kind"), "");
  EXPECT_EQ(advice_about(""), "");
}

TEST(UwsgiAdvice, CoversMostOfWhatIsMissing) {
  const std::vector<std::string_view>& names = uwsgi_names();
  const auto missing = [](std::string_view name) { return find_option(name) == nullptr; };
  const auto advised = [&](std::string_view name) {
    return missing(name) && !advice_about(name).empty();
  };
  const auto all = std::count_if(names.begin(), names.end(), missing);
  EXPECT_GT(std::count_if(names.begin(), names.end(), advised), all * 2 / 3);
}

}  // namespace
}  // namespace penstock::config
