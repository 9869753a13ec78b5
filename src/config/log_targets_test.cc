// SPDX-License-Identifier: MIT
#include "config/log_targets.h"

#include <gtest/gtest.h>
#include <syslog.h>

namespace penstock::config {
namespace {

using Kind = LogTarget::Kind;

LogTarget target(std::string_view text) {
  const auto parsed = parse_log_target(text);
  EXPECT_TRUE(parsed) << text;
  return parsed.value_or(LogTarget{});
}

TEST(LogTarget, IsAPluginAndItsArguments) {
  EXPECT_EQ(target("stdio").kind, Kind::Standard);
  EXPECT_EQ(target("file:/var/log/a b.log").kind, Kind::File);
  EXPECT_EQ(target("file:/var/log/a b.log").where, "/var/log/a b.log");
  EXPECT_EQ(target("socket:127.0.0.1:5000").kind, Kind::Socket);
  EXPECT_EQ(target("socket:127.0.0.1:5000").where, "127.0.0.1:5000");
}

TEST(LogTarget, OfSyslogHasANameAndAFacility) {
  EXPECT_EQ(target("syslog").kind, Kind::Syslog);
  EXPECT_EQ(target("syslog").program, "penstock");
  EXPECT_EQ(target("syslog").priority, LOG_DAEMON | LOG_INFO);
  EXPECT_EQ(target("syslog:blog,local6").program, "blog");
  EXPECT_EQ(target("syslog:blog,local6").priority, LOG_LOCAL6 | LOG_INFO);
  EXPECT_FALSE(parse_log_target("syslog:blog,nowhere"));
}

TEST(LogTarget, OfAnotherMachinesSyslogHasAnAddress) {
  EXPECT_EQ(target("rsyslog:192.0.2.1").where, "192.0.2.1:514");
  EXPECT_EQ(target("rsyslog:192.0.2.1:1717,blog").where, "192.0.2.1:1717");
  EXPECT_EQ(target("rsyslog:192.0.2.1:1717,blog").program, "blog");
  EXPECT_EQ(target("rsyslog:192.0.2.1:1717,blog,134").priority, 134U);
  EXPECT_FALSE(parse_log_target("rsyslog:"));
  EXPECT_FALSE(parse_log_target("rsyslog:192.0.2.1,blog,high"));
}

TEST(LogTarget, MayHaveAName) {
  EXPECT_EQ(target("errors file:x.log").name, "errors");
  EXPECT_EQ(target("errors file:x.log").where, "x.log");
  EXPECT_EQ(target("file:x.log").name, "");
  for (const char* wrong : {"", "file:", "redislog:127.0.0.1:6269", "errors", "stdio:x"})
    EXPECT_FALSE(parse_log_target(wrong)) << wrong;
}

TEST(LogEncoder, IsAPluginAndItsText) {
  const auto prefix = parse_log_encoder("prefix [blog] ");
  ASSERT_TRUE(prefix);
  EXPECT_EQ(prefix->kind, LogEncoder::Kind::Prefix);
  EXPECT_EQ(prefix->text, "[blog] ");
  const auto json = parse_log_encoder("json:errors {\"m\":\"${msg}\"}");
  ASSERT_TRUE(json);
  EXPECT_EQ(json->target, "errors");
  EXPECT_EQ(json->text, "{\"m\":\"${msg}\"}");
  EXPECT_TRUE(parse_log_encoder("nl"));
  for (const char* wrong : {"", "prefix", "gzip", "json:errors"})
    EXPECT_FALSE(parse_log_encoder(wrong)) << wrong;
}

}  // namespace
}  // namespace penstock::config
