// SPDX-License-Identifier: MIT
#include "server/request_log.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <sstream>

#include "base/fd.h"

namespace penstock::server {
namespace {

using testing::EndsWith;
using testing::MatchesRegex;

class RequestLogTest : public testing::Test {
 protected:
  void SetUp() override { config_.format = "%(uri) %(status)"; }

  ExchangeRecord answered(int status) const {
    ExchangeRecord record;
    record.head_at = SteadyTime(1s);
    record.done_at = SteadyTime(1s + 5ms);
    record.status = status;
    record.body_bytes = 100;
    return record;
  }

  /// What a log writes of these requests into an empty file.
  std::string written(const std::vector<ExchangeRecord>& records) {
    Fd file(::open(::testing::TempDir().c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
    {
      RequestLog log(file.get(), config_, {});
      for (const ExchangeRecord& record : records)
        log.add_request({request_, record, 1, 1});
    }
    std::string text(4096, '\0');
    text.resize(static_cast<std::size_t>(::pread(file.get(), text.data(), text.size(), 0)));
    return text;
  }

  config::LogConfig config_;
  http::Request request_;
};

TEST_F(RequestLogTest, WritesAllOrWhatTheConditionsName) {
  ExchangeRecord slow = answered(200);
  slow.done_at = slow.head_at + 30ms;
  ExchangeRecord big = answered(201);
  big.body_bytes = 5000;
  ExchangeRecord empty = answered(204);
  empty.body_bytes = 0;
  ExchangeRecord file = answered(202);
  file.sent_file = true;
  ExchangeRecord gone = answered(203);
  gone.write_failed = true;
  ExchangeRecord asked = answered(205);
  asked.log_in_any_case = true;
  const std::vector<ExchangeRecord> all{answered(200), slow,          big,           empty, file,
                                        gone,          answered(404), answered(500), asked};
  EXPECT_EQ(written(all), "- 200\n- 200\n- 201\n- 204\n- 202\n- 203\n- 404\n- 500\n- 205\n");
  config_.requests = false;
  EXPECT_EQ(written(all), "- 205\n");
  config_.client_errors = true;
  EXPECT_EQ(written(all), "- 404\n- 205\n");
  config_.server_errors = true;
  EXPECT_EQ(written(all), "- 404\n- 500\n- 205\n");
  config_.client_errors = config_.server_errors = false;
  config_.slow = 30;
  EXPECT_EQ(written(all), "- 200\n- 205\n");
  config_.slow = 0;
  config_.big = 5000;
  EXPECT_EQ(written(all), "- 201\n- 205\n");
  config_.big = 0;
  config_.empty = true;
  EXPECT_EQ(written(all), "- 204\n- 205\n");
  config_.empty = false;
  config_.files = true;
  EXPECT_EQ(written(all), "- 202\n- 205\n");
  config_.files = false;
  config_.failed = true;
  EXPECT_EQ(written(all), "- 203\n- 205\n");
}

TEST_F(RequestLogTest, KnowsWhetherAnythingMayBeLogged) {
  EXPECT_TRUE(RequestLog(2, config_, {}).enabled());
  config_.requests = false;
  EXPECT_FALSE(RequestLog(2, config_, {}).enabled());
  config_.slow = 1;
  EXPECT_TRUE(RequestLog(2, config_, {}).enabled());
}

TEST_F(RequestLogTest, CountsTheLinesThatAFullDiskLosesAndSaysSoLater) {
  Fd file(::open(::testing::TempDir().c_str(), O_TMPFILE | O_RDWR | O_APPEND | O_CLOEXEC, 0600));
  RequestLog log(file.get(), config_, {7, 1});
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  auto* const handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{16, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const ExchangeRecord record = answered(200);
  for (int i = 0; i < 5; ++i)
    log.add_request({request_, record, 1, 1});
  log.flush();
  log.add_request({request_, record, 1, 1});
  log.flush();
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, handler);
  log.add_request({request_, record, 1, 1});
  log.flush();
  log.add_request({request_, record, 1, 1});
  log.flush();

  std::string text(4096, '\0');
  text.resize(static_cast<std::size_t>(::pread(file.get(), text.data(), text.size(), 0)));
  EXPECT_EQ(text,
            "- 200\n- 200\n- 20\n"
            "warning: worker 1 (pid: 7): 4 lines of the request log could not be written and are "
            "lost\n- 200\n- 200\n");
}

TEST_F(RequestLogTest, WritesWholeLinesIntoAPipe) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC | O_DIRECT), 0);  // every write is read as a packet
  const Fd reader(ends[0]);
  const Fd writer(ends[1]);
  const std::string target = "/" + std::string(900, 'x');
  request_.target = target;
  const ExchangeRecord record = answered(200);
  {
    RequestLog log(writer.get(), config_, {});
    for (int i = 0; i < 20; ++i)
      log.add_request({request_, record, 1, 1});
  }
  std::size_t lines = 0;
  for (std::string packet; lines < 20; packet.clear()) {
    packet.resize(8192);
    const ssize_t size = ::read(reader.get(), packet.data(), packet.size());
    ASSERT_GT(size, 0);
    packet.resize(static_cast<std::size_t>(size));
    EXPECT_LE(packet.size(), 4096U);
    EXPECT_THAT(packet, EndsWith(" 200\n"));
    lines += static_cast<std::size_t>(std::count(packet.begin(), packet.end(), '\n'));
  }
  EXPECT_EQ(lines, 20U);
}

}  // namespace
}  // namespace penstock::server
