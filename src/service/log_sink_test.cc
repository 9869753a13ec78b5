// SPDX-License-Identifier: MIT
#include "service/log_sink.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cstring>
#include <string>

#include "base/fd.h"
#include "service/test_folder.h"

namespace penstock::service {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

class LogSinkTest : public testing::Test {
 protected:
  std::unique_ptr<LogSink> sink(const std::string& text, const std::string& where = "") {
    auto target = config::parse_log_target(text);
    EXPECT_TRUE(target);
    if (!where.empty()) target->where = where;
    auto made = open_log_sink(*target, {}, -1);
    EXPECT_TRUE(made) << made.error().what;
    return std::move(*made);
  }

  /// A socket for datagrams at the path.
  Fd listener(const std::string& path) {
    Fd made{::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    EXPECT_EQ(::bind(made.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    return made;
  }

  static std::string received(const Fd& socket) {
    std::array<char, 1000> room{};
    const ssize_t size = ::recv(socket.get(), room.data(), room.size(), 0);
    return size < 0 ? "(nothing)" : std::string(room.data(), static_cast<std::size_t>(size));
  }

  TestFolder folder_;
};

TEST_F(LogSinkTest, AppendsLinesToAFile) {
  const auto file = sink("file:" + (folder_ / "x.log"));
  file->write("one", 0);
  ASSERT_TRUE(file->reopen());
  file->write("two", 0);
  EXPECT_EQ(folder_.read("x.log"), "one\ntwo\n");
  file->look_at_size(100);
  EXPECT_EQ(folder_.read("x.log"), "one\ntwo\n");
  file->look_at_size(8);
  EXPECT_EQ(folder_.read("x.log"), "");
}

TEST_F(LogSinkTest, SaysWhichFileCannotBeOpened) {
  const auto target = config::parse_log_target("file:/no such folder/x.log");
  EXPECT_THAT(open_log_sink(*target, {}, -1).error().what, HasSubstr("/no such folder/x.log"));
}

TEST_F(LogSinkTest, SpeaksToSyslogAsSyslogDoes) {
  const Fd there = listener(folder_ / "log");
  sink("syslog:blog,local6", folder_ / "log")->write("hello", 1'700'000'000'000'000);
  EXPECT_THAT(received(there), MatchesRegex("<182>Nov 1[45] [0-9:]+ blog\\[[0-9]+\\]: hello"));
}

TEST_F(LogSinkTest, LosesLinesWhileNobodyIsThere) {
  const auto made = sink("socket:" + (folder_ / "log"));
  made->write("lost", 0);
  const Fd there = listener(folder_ / "log");
  made->write("one", 0);
  EXPECT_EQ(received(there), "one");
}

TEST_F(LogSinkTest, FindsASocketThatWasMadeAnew) {
  const auto made = sink("socket:" + (folder_ / "log"));
  Fd there = listener(folder_ / "log");
  made->write("one", 0);
  EXPECT_EQ(received(there), "one");
  std::filesystem::remove(folder_ / "log");
  there = listener(folder_ / "log");
  made->write("two", 0);
  EXPECT_EQ(received(there), "two");
}

}  // namespace
}  // namespace penstock::service
