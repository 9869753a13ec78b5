// SPDX-License-Identifier: MIT
#include "config/ini.h"

#include <gtest/gtest.h>

#include <tuple>

namespace penstock::config {
namespace {

using Rows = std::vector<std::tuple<std::string, std::string, int>>;

Rows rows(std::string_view text, std::string_view section = "uwsgi") {
  const auto entries = parse_ini(text, section);
  if (!entries) return {{entries.error().what, "error", entries.error().line}};
  Rows all;
  for (const Entry& entry : *entries)
    all.emplace_back(entry.name, entry.value, entry.line);
  return all;
}

TEST(Ini, ReadsNamesAndValuesWithTheirLines) {
  EXPECT_EQ(rows("[uwsgi]\nprocesses = 4\n\nhttp=:80\n"),
            (Rows{{"processes", "4", 2}, {"http", ":80", 4}}));
}

TEST(Ini, CutsAtTheFirstEqualSignAndTrims) {
  EXPECT_EQ(rows("[uwsgi]\n \tenv\t= A = b=c \t\r\n"), (Rows{{"env", "A = b=c", 2}}));
}

TEST(Ini, TakesABareNameForAnEmptyValue) {
  EXPECT_EQ(rows("[uwsgi]\nmaster\nvacuum =\nlast"),
            (Rows{{"master", "", 2}, {"vacuum", "", 3}, {"last", "", 4}}));
}

TEST(Ini, SkipsCommentsAtTheBeginningOfALineOnly) {
  EXPECT_EQ(rows("; a\n# b\n[uwsgi]\n  ; c = 1\n\t# d = 1\na = 1 ; e\nb = #f\n"),
            (Rows{{"a", "1 ; e", 6}, {"b", "#f", 7}}));
}

TEST(Ini, KeepsQuotes) {
  EXPECT_EQ(rows("[uwsgi]\na = \"x y\"\n"), (Rows{{"a", "\"x y\"", 2}}));
}

TEST(Ini, ReadsTheSectionThatIsAskedForInAllItsParts) {
  constexpr std::string_view kText =
      "x=0\n[uwsgi]\na=1\n[blog]\nb=2\n  [uwsgi]  \r\nc=3\n[ blog]\nd=4\n";
  EXPECT_EQ(rows(kText), (Rows{{"a", "1", 3}, {"c", "3", 7}}));
  EXPECT_EQ(rows(kText, "blog"), (Rows{{"b", "2", 5}}));
}

TEST(Ini, ReadsThroughAByteOrderMark) {
  EXPECT_EQ(rows("\xef\xbb\xbf[uwsgi]\r\na=1\r\n"), (Rows{{"a", "1", 2}}));
}

TEST(Ini, SaysWhereItIsBroken) {
  EXPECT_EQ(rows("[uwsgi]\na=1\n[uwsgi\n"), (Rows{{"[uwsgi: a section ends with ]", "error", 3}}));
  EXPECT_EQ(rows("[uwsgi]\n = 1\n"), (Rows{{"no name stands before the =", "error", 2}}));
  EXPECT_EQ(rows("[other]\na=1\n"), (Rows{{"there is no section [uwsgi]", "error", 0}}));
  EXPECT_EQ(rows(""), (Rows{{"there is no section [uwsgi]", "error", 0}}));
  EXPECT_EQ(rows("["), (Rows{{"[: a section ends with ]", "error", 1}}));
}

}  // namespace
}  // namespace penstock::config
