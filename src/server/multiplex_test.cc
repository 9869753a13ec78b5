// SPDX-License-Identifier: MIT
// Several requests at once on one connection: a worker that speaks FastCGI, with applications in
// C++ instead of Python.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "base/temp_file.h"
#include "proto/fastcgi/wire.h"
#include "server/worker_fixture.h"

namespace penstock::server {
namespace {

using proto::fastcgi::ProtocolStatus;
using proto::fastcgi::Wire;
using testing::HasSubstr;
using testing::StartsWith;

/// What came back for one request.
struct Answer {
  std::string output;
  bool ended = false;
  std::uint32_t application_status = 0;
  int protocol_status = 0;
};

using Text = std::string_view (*)(const app::Exchange&);

/// Each request waits at the gate, and is answered with what `text` says of it.
FunctionApplication waiting_at(Gate& gate, Text text) {
  return {app::Application::Manner::Blocking, [&gate, text](app::Exchange& exchange) {
            gate.enter();
            answer_text(exchange, text(exchange));
          }};
}

std::string_view path_of(const app::Exchange& exchange) {
  return exchange.request().path;
}

std::string_view posted_to(const app::Exchange& exchange) {
  return exchange.body().memory();
}

std::string_view done(const app::Exchange& /*exchange*/) {
  return "done";
}

class MultiplexTest : public WorkerTest {
 protected:
  MultiplexTest() {
    protocol_ = config::Protocol::FastCgi;
    config_.worker.threads = 4;
  }

  /// Reads whole records until `wanted` requests have ended, or to the end of the stream.
  static std::map<int, Answer> read_answers(Client& client, std::size_t wanted) {
    using namespace proto::fastcgi;
    std::map<int, Answer> answers;
    for (std::size_t ended = 0; ended < wanted;) {
      const std::string head = client.read_exactly(kHeaderSize);
      if (head.size() < kHeaderSize) break;
      const RecordHeader record = read_header(head);
      const std::string content = client.read_exactly(record.content + std::size_t{record.padding});
      Answer& answer = answers[record.id];
      EXPECT_FALSE(answer.ended) << "a record of a request that has ended";
      if (record.type == kStdout) answer.output += content;
      if (record.type != kEndRequest) continue;
      answer.ended = true;
      answer.application_status = static_cast<unsigned char>(content[3]);
      answer.protocol_status = static_cast<unsigned char>(content[4]);
      ++ended;
    }
    return answers;
  }

  static std::string body_of(const Answer& answer) {
    return answer.output.substr(answer.output.find("\r\n\r\n") + 4);
  }
};

TEST_F(MultiplexTest, RunsRequestsOfOneConnectionAtOnce) {
  Gate gate;
  FunctionApplication application = waiting_at(gate, path_of);
  const Serving serving = serve(application);
  Client client(address_);
  client.send(Wire().get(1, "/a").get(2, "/b").get(3, "/c").bytes());
  gate.wait_for(3);
  gate.open();
  auto answers = read_answers(client, 3);
  EXPECT_EQ(body_of(answers[1]), "/a");
  EXPECT_EQ(body_of(answers[2]), "/b");
  EXPECT_EQ(body_of(answers[3]), "/c");
  client.send(Wire().get(1, "/again").bytes());
  EXPECT_EQ(body_of(read_answers(client, 1)[1]), "/again");
}

TEST_F(MultiplexTest, MixesNoBytesOfDifferentAnswers) {
  constexpr std::size_t kSize = 300'000;
  FunctionApplication application(app::Application::Manner::Blocking, [](app::Exchange& exchange) {
    const char letter = exchange.request().path.back();
    start_answer(exchange);
    const std::string part(kSize, letter);
    const std::string_view view = part;
    EXPECT_TRUE(exchange.send({&view, 1}));
    auto file = open_unlinked_file(testing::TempDir());
    ASSERT_TRUE(file);
    ASSERT_EQ(::write(file->get(), part.data(), part.size()), static_cast<ssize_t>(kSize));
    EXPECT_TRUE(exchange.send_file(std::move(*file), 0, kSize));
    exchange.finish({&view, 1});
  });
  const Serving serving = serve(application);
  Client client(address_);
  for (int round = 0; round < 5; ++round) {
    client.send(Wire().get(1, "/a").get(2, "/b").get(3, "/c").get(4, "/d").bytes());
    for (const auto& [id, answer] : read_answers(client, 4))
      EXPECT_TRUE(body_of(answer) == std::string(3 * kSize, static_cast<char>('a' + id - 1))) << id;
  }
}

TEST_F(MultiplexTest, ACancelledRequestFailsToSendAndHarmsNoOther) {
  Gate gate;
  std::atomic<bool> failed{false};
  FunctionApplication application(app::Application::Manner::Blocking, [&](app::Exchange& exchange) {
    if (exchange.request().path == "/wanted") return answer_text(exchange, "wanted");
    gate.enter();
    start_answer(exchange);
    const std::string_view part = "nobody reads this";
    failed = !exchange.send({&part, 1});
    exchange.finish({});
  });
  const Serving serving = serve(application);
  Client client(address_);
  client.send(Wire().get(7, "/aborted").bytes());
  gate.wait_for(1);
  // The answer to the second request says that the first one's abort was read.
  client.send(Wire().abort(7).get(8, "/wanted").bytes());
  EXPECT_EQ(body_of(read_answers(client, 1)[8]), "wanted");
  gate.open();
  auto answers = read_answers(client, 1);
  EXPECT_TRUE(failed);
  EXPECT_TRUE(answers[7].ended);
  EXPECT_EQ(answers[7].output, "");
  client.send(Wire().get(7, "/wanted").bytes());
  EXPECT_EQ(body_of(read_answers(client, 1)[7]), "wanted");
}

TEST_F(MultiplexTest, DoesNotCallTheApplicationForARequestThatWasCancelledInTheQueue) {
  config_.worker.threads = 1;
  Gate gate;
  std::atomic<int> calls{0};
  FunctionApplication application(app::Application::Manner::Blocking, [&](app::Exchange& exchange) {
    ++calls;
    gate.enter();
    answer_text(exchange, "done");
  });
  const Serving serving = serve(application);
  Client client(address_);
  client.send(Wire().get(1, "/runs").bytes());
  gate.wait_for(1);
  client.send(Wire().get(2, "/waits").abort(2).record(proto::fastcgi::kGetValues, 0, "").bytes());
  EXPECT_EQ(client.read_exactly(8)[1], proto::fastcgi::kGetValuesResult);
  gate.open();
  auto answers = read_answers(client, 2);
  EXPECT_EQ(body_of(answers[1]), "done");
  EXPECT_TRUE(answers[2].ended);
  EXPECT_EQ(answers[2].output, "");
  EXPECT_EQ(calls, 1);
}

TEST_F(MultiplexTest, RefusesOneRequestAndGoesOnWithTheOthers) {
  Gate gate;
  FunctionApplication application = waiting_at(gate, posted_to);
  const Serving serving = serve(application);
  Client client(address_);
  client.send(Wire().get(1, "/").bytes());
  gate.wait_for(1);
  client.send(Wire().post(2, "5").body(2, "longer").bytes());
  auto answers = read_answers(client, 1);
  EXPECT_THAT(answers[2].output, StartsWith("Status: 400"));
  gate.open();
  EXPECT_THAT(read_answers(client, 1)[1].output, StartsWith("Status: 200"));
}

TEST_F(MultiplexTest, RequestsThatStallEndAloneWithoutHarmToOthers) {
  config_.limits.header_timeout = config_.limits.body_timeout = 50ms;
  Gate gate;
  FunctionApplication application = waiting_at(gate, done);
  const Serving serving = serve(application);
  Client client(address_);
  client.send(Wire().get(1, "/").bytes());
  gate.wait_for(1);
  client.send(Wire().begin(2).post(3, "5").record(proto::fastcgi::kStdin, 3, "he").bytes());
  auto answers = read_answers(client, 2);
  EXPECT_THAT(answers[2].output, StartsWith("Status: 408"));
  EXPECT_THAT(answers[3].output, StartsWith("Status: 408"));
  gate.open();
  // What still comes of the two is passed over.
  client.send(Wire().body(3, "llo").get(2, "/").bytes());
  answers = read_answers(client, 2);
  EXPECT_EQ(body_of(answers[1]), "done");
  EXPECT_EQ(body_of(answers[2]), "done");
}

TEST_F(MultiplexTest, AnAnswerThatIsNotWholeIsMarkedWhereOthersShareTheConnection) {
  Gate gate;
  FunctionApplication application(app::Application::Manner::Blocking, [&](app::Exchange& exchange) {
    if (exchange.request().path == "/slow") {
      gate.enter();
      return answer_text(exchange, "slow");
    }
    start_answer(exchange, 10);
    const std::string_view part = "short";
    exchange.finish({&part, 1});
  });
  const Serving serving = serve(application);
  Client client(address_);
  client.send(Wire().get(1, "/slow").bytes());
  gate.wait_for(1);
  client.send(Wire().get(2, "/short").bytes());
  auto answers = read_answers(client, 1);
  EXPECT_EQ(body_of(answers[2]), "short");
  EXPECT_EQ(answers[2].application_status, 1U);
  gate.open();
  EXPECT_EQ(body_of(read_answers(client, 1)[1]), "slow");

  client.send(Wire().get(3, "/short").bytes());
  answers = read_answers(client, 1);
  EXPECT_EQ(body_of(answers[3]), "short");
  EXPECT_FALSE(answers[3].ended) << "alone, the connection's end tells that bytes are missing";
}

TEST_F(MultiplexTest, ReceivesWhatHasBegunBeforeItStops) {
  Gate gate;
  FunctionApplication application = waiting_at(gate, posted_to);
  const Serving serving = serve(application);
  Client client(address_);
  client.send(Wire().get(1, "/").bytes());
  gate.wait_for(1);
  client.send(Wire()
                  .record(proto::fastcgi::kGetValues, 0, "")
                  .post(2, "4")
                  .record(proto::fastcgi::kStdin, 2, "he")
                  .record(proto::fastcgi::kGetValues, 0, "")
                  .bytes());
  client.read_exactly(16);
  stopper_->stop();
  while (!worker_->draining)
    std::this_thread::yield();
  gate.open();
  EXPECT_TRUE(read_answers(client, 1)[1].ended);
  client.send(Wire().body(2, "re").bytes());
  EXPECT_EQ(body_of(read_answers(client, 1)[2]), "here");
  EXPECT_EQ(client.read_to_end(), "");
  thread_.join();
}

TEST_F(MultiplexTest, ReadsNothingMoreFromAPeerThatReadsNoAnswers) {
  constexpr std::size_t kMost = 256 << 20;  // far more than sockets hold
  constexpr int kRounds = 20;
  FunctionApplication application(app::Application::Manner::Blocking,
                                  [](app::Exchange& exchange) { answer_text(exchange, "other"); });
  const Serving serving = serve(application);
  std::string questions;
  for (int i = 0; i < 1000; ++i)
    questions += Wire()
                     .record(proto::fastcgi::kGetValues, 0,
                             proto::fastcgi::pairs_of({{"FCGI_MAX_CONNS", ""}}))
                     .bytes();
  Client client(address_);
  std::size_t sent = 0;
  for (int refused = 0; refused < kRounds && sent < kMost;) {
    const std::size_t taken =
        client.send_some(std::string_view(questions).substr(sent % questions.size()));
    sent += taken;
    refused = taken == 0 ? refused + 1 : 0;
    if (taken > 0) continue;
    // Others are answered meanwhile, so the loop has had its turn for this one.
    Client other(address_);
    other.send(Wire()
                   .begin(1, 0)
                   .params(1, {{"REQUEST_METHOD", "GET"}, {"PATH_INFO", "/"}})
                   .body(1, "")
                   .bytes());
    EXPECT_THAT(other.read_to_end(), HasSubstr("other"));
  }
  EXPECT_LT(sent, kMost);
}

}  // namespace
}  // namespace penstock::server
