// SPDX-License-Identifier: MIT
#include "config/log_format.h"

#include <gtest/gtest.h>

namespace penstock::config {
namespace {

LogFormat parsed(std::string_view text) {
  auto format = parse_log_format(text, std::nullopt);
  EXPECT_TRUE(format) << text;
  return format ? *format : LogFormat{};
}

TEST(LogFormat, IsAListOfTextsAndVariables) {
  const LogFormat format = parsed("%(method) %(uri) took %(msecs)%");
  ASSERT_EQ(format.parts.size(), 6U);
  EXPECT_EQ(format.parts[0].field, LogField::Method);
  EXPECT_EQ(format.parts[1].text, " ");
  EXPECT_EQ(format.parts[2].field, LogField::Uri);
  EXPECT_EQ(format.parts[3].text, " took ");
  EXPECT_EQ(format.parts[4].field, LogField::Milliseconds);
  EXPECT_EQ(format.parts[5].text, "%");
  EXPECT_EQ(format.escape, LogEscape::Text);
}

TEST(LogFormat, TakesUnknownNamesForVariablesThatTheAppSets) {
  const LogFormat format = parsed("%(customer)%(var.HTTP_X_REAL_IP)%(var.SERVER_NAME)%(metric.a)");
  EXPECT_EQ(format.parts[0].field, LogField::LogVariable);
  EXPECT_EQ(format.parts[0].text, "customer");
  EXPECT_EQ(format.parts[1].field, LogField::RequestVariable);
  EXPECT_EQ(format.parts[1].text, "HTTP_X-REAL-IP");
  EXPECT_EQ(format.parts[2].text, "SERVER_NAME");
  EXPECT_EQ(format.parts[3].field, LogField::Nothing);
}

TEST(LogFormat, SeesWhichVariablesOfJsonStandInStrings) {
  const LogFormat format = parsed(R"f({"a":"x\"%(uri)","b":%(method),"c":"%(addr)"})f");
  EXPECT_EQ(format.escape, LogEscape::Json);
  EXPECT_TRUE(format.parts[1].in_quotes);
  EXPECT_FALSE(format.parts[3].in_quotes);
  EXPECT_TRUE(format.parts[5].in_quotes);
  EXPECT_EQ(parse_log_format("{", LogEscape::Text)->escape, LogEscape::Text);
}

TEST(LogFormat, RefusesWhatIsOpenOrTooLong) {
  EXPECT_FALSE(parse_log_format("%(uri", std::nullopt));
  EXPECT_FALSE(parse_log_format(std::string(kLongestLogFormat + 1, 'x'), std::nullopt));
  std::string many;
  for (std::size_t i = 0; i <= kMostLogParts; ++i)
    many += "%(uri)";
  EXPECT_FALSE(parse_log_format(many, std::nullopt));
}

TEST(LogFormat, KnowsWhatItUses) {
  EXPECT_TRUE(parsed("%(gil)").uses(LogField::Receive, LogField::Write));
  EXPECT_FALSE(parsed("%(msecs)").uses(LogField::Receive, LogField::Write));
  EXPECT_TRUE(parsed(kJsonLogFormat).uses(LogField::Cpu, LogField::Cpu));
  for (const LogPart& part : parsed(kJsonLogFormat).parts)
    EXPECT_NE(part.field, LogField::LogVariable) << part.text;
}

}  // namespace
}  // namespace penstock::config
