// SPDX-License-Identifier: MIT
#include "service/log_line_encoder.h"

#include <gtest/gtest.h>

namespace penstock::service {
namespace {

constexpr std::int64_t kNow = 1'700'000'000'123'456;

std::string encoded(std::string_view encoder, std::string_view line) {
  const auto parsed = config::parse_log_encoder(encoder);
  return parsed ? encode(*parsed, line, kNow) : "(wrong)";
}

TEST(LogLineEncoder, PutsTextAroundLines) {
  EXPECT_EQ(encoded("prefix [blog] ", "hello"), "[blog] hello");
  EXPECT_EQ(encoded("suffix  !", "hello"), "hello !");
  EXPECT_EQ(encoded("nl", "hello"), "hello");
}

TEST(LogLineEncoder, FillsFormats) {
  EXPECT_EQ(encoded("format ${unix} ${micros} <${msg}> ${other}.", "a"),
            "1700000000 1700000000123456 <a> .");
  EXPECT_EQ(encoded("format ${strftime:%Y} ${msgnl}", "a"), "2023 a");
  EXPECT_EQ(encoded("format ${msg", "a"), "${msg");
}

TEST(LogLineEncoder, KeepsJsonValid) {
  EXPECT_EQ(encoded(R"(json {"at":${unix},"m":"${msg}"})", "say \"x\"\\\t"),
            R"({"at":1700000000,"m":"say \"x\"\\\u0009"})");
}

}  // namespace
}  // namespace penstock::service
