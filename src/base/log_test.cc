// SPDX-License-Identifier: MIT
#include "base/log.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <string>

#include "base/check.h"
#include "base/fd.h"

namespace penstock::log {
namespace {

/// What `action` writes to descriptor 2.
std::string standard_error_of(const std::function<void()>& action) {
  std::array<int, 2> ends{};
  EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK), 0);
  const Fd reader(ends[0]);
  const Fd writer(ends[1]);
  const Fd before(::fcntl(2, F_DUPFD_CLOEXEC, 3));
  EXPECT_EQ(::dup2(writer.get(), 2), 2);
  action();
  EXPECT_EQ(::dup2(before.get(), 2), 2);
  std::array<char, 8192> seen;
  const ssize_t size = ::read(reader.get(), seen.data(), seen.size());
  return size <= 0 ? std::string() : std::string(seen.data(), static_cast<std::size_t>(size));
}

TEST(Log, WritesTheMessageAloneAndTheLevelOnlyWhereItMatters) {
  EXPECT_EQ(standard_error_of([] {
              info("listening on {}:{}", "127.0.0.1", 80);
              warning("{} is slow", "it");
              error("{} failed", "it");
            }),
            "listening on 127.0.0.1:80\nwarning: it is slow\nerror: it failed\n");
}

TEST(Log, DropsMessagesBelowTheLevel) {
  EXPECT_EQ(standard_error_of([] { debug("hidden"); }), "");
  EXPECT_EQ(standard_error_of([] {
              set_level(Level::Debug);
              debug("seen");
              set_level(Level::Error);
              warning("hidden");
              error("seen");
              set_level(Level::Info);
            }),
            "debug: seen\nerror: seen\n");
}

TEST(Log, EscapesControlBytesButKeepsLinesAndBraces) {
  EXPECT_EQ(standard_error_of([] {
              write(Level::Info, "a\x1b[31m\r{} \\d\nb");
              write(Level::Info, "ends with its line feed\n");
              write(Level::Info, "");
            }),
            "a\\x1b[31m\\x0d{} \\d\nb\nends with its line feed\n\n");
}

TEST(Log, BeginsMessagesWithTheTimeOnceToldHow) {
  set_date("%Y");
  const std::string dated = standard_error_of([] { warning("x"); });
  set_date("");
  EXPECT_THAT(dated, testing::MatchesRegex("20[0-9][0-9] - warning: x\n"));
  EXPECT_EQ(standard_error_of([] { warning("x"); }), "warning: x\n");
}

TEST(Log, SurvivesAClosedStandardError) {
  const Fd before(::fcntl(2, F_DUPFD_CLOEXEC, 3));
  ASSERT_TRUE(before);
  ::close(2);
  error("lost");
  ASSERT_EQ(::dup2(before.get(), 2), 2);
  EXPECT_EQ(standard_error_of([] { info("back"); }), "back\n");
}

TEST(CheckDeathTest, NamesTheConditionAndThePlace) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  CHECK(1 + 1 == 2);
  EXPECT_EXIT(CHECK(1 + 1 == 3), testing::KilledBySignal(SIGABRT),
              "error: bug in penstock: .*log_test.cc:[0-9]+: 1 \\+ 1 == 3\n");
}

}  // namespace
}  // namespace penstock::log
