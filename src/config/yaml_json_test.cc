// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "config/json.h"
#include "config/test_support.h"
#include "config/yaml.h"

namespace penstock::config {
namespace {

TEST(Yaml, ReadsScalarsAsTheyAreWritten) {
  constexpr std::string_view kText =
      "# a comment\n"
      "uwsgi:\n"
      "  socket: \":9090\"\n"
      "  master: true\n"
      "  bare:\n"
      "  tilde: ~\n"
      "  quoted: '~'\n"
      "  number: 0x10\n"
      "  folded: >\n"
      "    one\n"
      "    two\n"
      "  last: end # comment\n";
  EXPECT_EQ(rows(parse_yaml(kText, "uwsgi")), (Rows{{"socket", ":9090", 3},
                                                    {"master", "true", 4},
                                                    {"bare", "", 5},
                                                    {"tilde", "", 6},
                                                    {"quoted", "~", 7},
                                                    {"number", "0x10", 8},
                                                    {"folded", "one two\n", 9},
                                                    {"last", "end", 12}}));
}

TEST(Yaml, GivesAnEntryForEachItemOfAList) {
  constexpr std::string_view kText =
      "uwsgi:\n  http: [':1', \":2\"]\n  env:\n    - A=1\n    - B=2\n  none: []\n";
  EXPECT_EQ(rows(parse_yaml(kText, "uwsgi")),
            (Rows{{"http", ":1", 2}, {"http", ":2", 2}, {"env", "A=1", 4}, {"env", "B=2", 5}}));
}

TEST(Yaml, FollowsAnchors) {
  EXPECT_EQ(rows(parse_yaml("uwsgi:\n  a: &x foo\n  b: *x\n", "uwsgi")),
            (Rows{{"a", "foo", 2}, {"b", "foo", 2}}));
}

TEST(Yaml, ReadsTheSectionThatIsAskedFor) {
  constexpr std::string_view kText = "uwsgi:\n  a: 1\nblog: {b: 2}\n";
  EXPECT_EQ(rows(parse_yaml(kText, "blog")), (Rows{{"b", "2", 3}}));
  EXPECT_EQ(rows(parse_yaml(kText, "shop")), (Rows{{"there is no \"shop:\"", "error", 0}}));
}

TEST(Yaml, SaysWhereItIsBroken) {
  EXPECT_EQ(rows(parse_yaml("uwsgi:\n  a: {b: 1}\n", "uwsgi")),
            (Rows{{"a: expected a value or a list of values", "error", 2}}));
  EXPECT_EQ(rows(parse_yaml("uwsgi:\n  a:\n    - [1]\n", "uwsgi")),
            (Rows{{"a: expected a value or a list of values", "error", 3}}));
  EXPECT_EQ(rows(parse_yaml("uwsgi:\n  - a\n", "uwsgi")),
            (Rows{{"uwsgi: expected names with values", "error", 2}}));
  EXPECT_EQ(rows(parse_yaml("uwsgi:\n  ? [a]\n  : 1\n", "uwsgi")),
            (Rows{{"expected a name", "error", 2}}));
  EXPECT_EQ(std::get<2>(rows(parse_yaml("uwsgi:\n  a: 1\n b: 2\n", "uwsgi"))[0]), 3);
  EXPECT_EQ(rows(parse_yaml("uwsgi:\n\ta: 1\n", "uwsgi"))[0],
            (Rows::value_type{"found character that cannot start any token", "error", 2}));
  for (const std::string_view text : {"", "- a", "42", "uwsgi: 1"})
    EXPECT_FALSE(parse_yaml(text, "uwsgi")) << text;
}

TEST(Json, ReadsValuesAndArraysInOrder) {
  constexpr std::string_view kText =
      R"({"other": {"z": 1},
          "uwsgi": {"socket": ":9090", "master": true, "lazy-apps": false, "processes": 4,
                    "bare": null, "env": ["A=1", "B=é"], "none": []}})";
  EXPECT_EQ(rows(parse_json(kText, "uwsgi")), (Rows{{"socket", ":9090", 0},
                                                    {"master", "true", 0},
                                                    {"lazy-apps", "false", 0},
                                                    {"processes", "4", 0},
                                                    {"bare", "", 0},
                                                    {"env", "A=1", 0},
                                                    {"env", "B=é", 0}}));
  EXPECT_EQ(rows(parse_json(kText, "other")), (Rows{{"z", "1", 0}}));
}

TEST(Json, SaysWhereItIsBroken) {
  EXPECT_EQ(rows(parse_json(R"({"uwsgi": {"a": {"b": 1}}})", "uwsgi")),
            (Rows{{"a: expected a value or an array of values", "error", 0}}));
  EXPECT_EQ(rows(parse_json(R"({"uwsgi": [1]})", "uwsgi")),
            (Rows{{"uwsgi: expected an object", "error", 0}}));
  EXPECT_EQ(rows(parse_json("{}", "uwsgi")), (Rows{{"there is no object \"uwsgi\"", "error", 0}}));
  EXPECT_EQ(rows(parse_json("[]", "uwsgi")), (Rows{{"there is no object \"uwsgi\"", "error", 0}}));

  const auto broken = parse_json("{\n\"uwsgi\": {\n\"a\": 1,,\n}}", "uwsgi");
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().line, 3);
  EXPECT_NE(broken.error().what.find("syntax error"), std::string::npos) << broken.error().what;
  EXPECT_FALSE(parse_json("", "uwsgi"));
  EXPECT_FALSE(parse_json("{\"uwsgi\": {\"a\": \"\xff\"}}", "uwsgi"));
}

}  // namespace
}  // namespace penstock::config
