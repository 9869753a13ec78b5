// SPDX-License-Identifier: MIT
#include "config/xml.h"

#include <gtest/gtest.h>

#include "config/test_support.h"

namespace penstock::config {
namespace {

Rows read(std::string_view text, std::string_view id = "") {
  return rows(parse_xml(text, id));
}

TEST(Xml, ReadsElementsAsOptions) {
  EXPECT_EQ(
      read("<?xml version=\"1.0\"?>\n"
           "<!-- a comment -->\n"
           "<uwsgi>\n"
           "  <socket> :9090\n  </socket>\n"
           "  <master/>\n"
           "  <env>A=1 &amp; 2</env><env><![CDATA[B=<&>]]></env>\n"
           "</uwsgi>\n"),
      (Rows{
          {"socket", ":9090", 4}, {"master", "", 6}, {"env", "A=1 & 2", 7}, {"env", "B=<&>", 7}}));
}

TEST(Xml, TakesTheFirstStanzaOrTheOneWithTheId) {
  constexpr std::string_view kText =
      "<servers>\n"
      "<uwsgi id=\"a\"><threads>1</threads></uwsgi>\n"
      "<uwsgi id=\"b\"><threads>2</threads></uwsgi>\n"
      "<other><threads>3</threads></other>\n"
      "</servers>";
  EXPECT_EQ(read(kText), (Rows{{"threads", "1", 2}}));
  EXPECT_EQ(read(kText, "b"), (Rows{{"threads", "2", 3}}));
  EXPECT_EQ(read(kText, "c"), (Rows{{"there is no <uwsgi id=\"c\">", "error", 0}}));
  EXPECT_EQ(read("<uwsgi id=\"a\"><master/></uwsgi>", "a"), (Rows{{"master", "", 1}}));
  EXPECT_EQ(read("<other/>"), (Rows{{"there is no <uwsgi>", "error", 0}}));
}

TEST(Xml, SaysWhereItIsBroken) {
  EXPECT_EQ(read("<uwsgi>\n<socket>:1\n</uwsgi>"), (Rows{{"mismatched tag", "error", 3}}));
  EXPECT_EQ(read("<uwsgi>\n<master/>"), (Rows{{"no element found", "error", 2}}));
  EXPECT_EQ(read(""), (Rows{{"no element found", "error", 1}}));
  EXPECT_EQ(read("<uwsgi>\nmaster\n</uwsgi>"),
            (Rows{{"master: a text that belongs to no option", "error", 2}}));
  EXPECT_EQ(read("<uwsgi>\n<app><script>x</script></app></uwsgi>"),
            (Rows{{"<app>: expected a text, not <script>", "error", 2}}));
  EXPECT_EQ(read("<uwsgi><app mountpoint=\"/\">x</app></uwsgi>"),
            (Rows{{"<app>: options have no attributes, such as mountpoint", "error", 1}}));
}

TEST(Xml, ReadsNothingOutsideAndGrowsNothing) {
  EXPECT_EQ(read("<!DOCTYPE uwsgi [\n<!ENTITY x SYSTEM \"file:///etc/passwd\">]>\n"
                 "<uwsgi><env>A=&x;</env></uwsgi>"),
            (Rows{{"the entity x: entities cannot be declared here", "error", 2}}));
  EXPECT_EQ(read("<!DOCTYPE uwsgi [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]>\n<uwsgi/>"),
            (Rows{{"the entity a: entities cannot be declared here", "error", 1}}));
}

}  // namespace
}  // namespace penstock::config
