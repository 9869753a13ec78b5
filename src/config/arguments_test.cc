// SPDX-License-Identifier: MIT
#include "config/arguments.h"

#include <gtest/gtest.h>

#include "config/test_support.h"

namespace penstock::config {
namespace {

using Words = std::vector<std::string>;

struct Case {
  Words words;
  Words plain;
};

TEST(Arguments, AreGivenOnePlainForm) {
  const std::vector<Case> cases{
      {{}, {}},
      {{"-M"}, {"-M"}},
      {{"-ML"}, {"-M", "-L"}},
      {{"-p", "4"}, {"-p", "4"}},
      {{"-p4"}, {"-p", "4"}},
      {{"-Mp4"}, {"-M", "-p", "4"}},
      {{"-Mp", "4"}, {"-M", "-p", "4"}},
      {{"-s:9090"}, {"-s", ":9090"}},
      {{"-s", "-M"}, {"-s", "-M"}},
      {{"--socket=:9090"}, {"--socket", ":9090"}},
      {{"--socket", ":9090"}, {"--socket", ":9090"}},
      {{"--env=A=b=c"}, {"--env", "A=b=c"}},
      {{"--callable="}, {"--callable", ""}},
      {{"--callable", ""}, {"--callable", ""}},
      {{"--master=false"}, {"--master=false"}},
      {{"app.py", "-M", ""}, {"app.py", "-M", ""}},
      {{"-"}, {"-"}},
  };
  for (const Case& test : cases) {
    SCOPED_TRACE(testing::PrintToString(test.words));
    const auto plain = in_plain_form(test.words);
    ASSERT_TRUE(plain) << plain.error().what;
    EXPECT_EQ(*plain, test.plain);
  }
}

TEST(Arguments, GetTheValueThatAnOptionalOneImplies) {
  const std::vector<Case> cases{
      {{"--chmod-socket"}, {"--chmod-socket", "666"}},
      {{"--chmod-socket", "-M"}, {"--chmod-socket", "666", "-M"}},
      {{"--chmod-socket", "app.py"}, {"--chmod-socket", "666", "app.py"}},
      {{"--chmod-socket=660"}, {"--chmod-socket", "660"}},
      {{"--chmod-socket", "660"}, {"--chmod-socket", "660"}},
      {{"-C"}, {"-C", "666"}},
      {{"-C660"}, {"-C", "660"}},
      {{"-C", "660"}, {"-C", "660"}},
      {{"-MC660"}, {"-M", "-C", "660"}},
      {{"--http-keepalive", "-p", "2"}, {"--http-keepalive", "true", "-p", "2"}},
  };
  for (const Case& test : cases) {
    SCOPED_TRACE(testing::PrintToString(test.words));
    const auto plain = in_plain_form(test.words);
    ASSERT_TRUE(plain) << plain.error().what;
    EXPECT_EQ(*plain, test.plain);
  }
}

TEST(Arguments, LeaveAloneWhatTheyDoNotKnow) {
  for (const Words& words : {Words{"--bogus", "1"}, Words{"--bogus=1"}, Words{"-q4"}, Words{"-1"},
                             Words{"--", "-p4", "--chmod-socket"}})
    EXPECT_EQ(in_plain_form(words).value_or(Words{}), words);
  EXPECT_EQ(in_plain_form({"-Mq4"}).value_or(Words{}), (Words{"-M", "-q4"}));
}

TEST(Arguments, NameTheOptionThatLacksItsValue) {
  EXPECT_EQ(error_of(in_plain_form({"-M", "--socket"})), "--socket: needs a value (ADDRESS)");
  EXPECT_EQ(error_of(in_plain_form({"--workers"})), "--workers: needs a value (N)");
  EXPECT_EQ(error_of(in_plain_form({"-Mp"})), "-p: needs a value (N)");
}

}  // namespace
}  // namespace penstock::config
