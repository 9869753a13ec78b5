// SPDX-License-Identifier: MIT
#include "load/fastcgi_reader.h"

#include <gtest/gtest.h>

#include <vector>

#include "load/answer_reader.h"

namespace penstock::bench {
namespace {

using Progress = FastcgiReader::Progress;
using namespace std::string_literals;

constexpr int kEnd = 3;
constexpr int kStdout = 6;
constexpr int kStderr = 7;

std::string record(int type, std::string_view content, std::size_t padding = 0, int id = 1) {
  std::string bytes = "\1"s;
  bytes += static_cast<char>(type);
  bytes += {0, static_cast<char>(id)};
  bytes += {static_cast<char>(content.size() >> 8), static_cast<char>(content.size() & 0xff)};
  bytes += {static_cast<char>(padding), 0};
  return bytes.append(content).append(padding, '\x7f');
}

std::string end(char status = 0) {
  return record(kEnd, "\0\0\0\0"s + status + "\0\0\0"s);
}

/// With a length, in one record, padded; the stream is ended.
std::string plain() {
  return record(kStdout, "Status: 404 Not Found\r\nContent-Length: 5\r\n\r\nhello", 3) +
         record(kStdout, "") + end();
}

/// Without a status and a length, in three records with a report between them; it ends without an
/// end of its stream.
std::string in_parts() {
  return record(kStdout, "Content-Type: text/") + record(kStderr, "a report", 8) +
         record(kStdout, "plain\r\n\r\nhel") + record(kStdout, "lo, all") + end();
}

/// As HTTP.
std::string with_a_status_line() {
  return record(kStdout, "HTTP/1.1 204 No Content\r\n\r\n") + end();
}

struct Answer {
  int status;
  std::uint64_t body_bytes;
  bool operator==(const Answer&) const = default;
};

std::vector<Answer> read_all(AnswerReader& reader, const std::vector<std::string_view>& pieces) {
  std::vector<Answer> answers;
  for (std::string_view piece : pieces) {
    for (;;) {
      const Progress progress = reader.read(piece);
      EXPECT_NE(progress, Progress::Bad);
      if (progress != Progress::Complete) break;
      EXPECT_FALSE(reader.closes());
      answers.push_back({reader.status(), reader.body_bytes()});
    }
  }
  EXPECT_EQ(reader.end(), Progress::More);
  return answers;
}

TEST(FastcgiReader, FindsTheSameAnswersWhereverTheBytesAreCut) {
  const std::string wire = plain() + in_parts() + with_a_status_line() + plain();
  const std::vector<Answer> expected = {{404, 5}, {200, 10}, {204, 0}, {404, 5}};
  const std::string_view all = wire;
  for (std::size_t cut = 0; cut <= wire.size(); ++cut) {
    SCOPED_TRACE(cut);
    AnswerReader reader(Protocol::Fastcgi);
    EXPECT_EQ(read_all(reader, {all.substr(0, cut), all.substr(cut)}), expected);
  }
}

TEST(FastcgiReader, FindsTheSameAnswersByteByByte) {
  const std::string wire = in_parts() + plain();
  std::vector<std::string_view> pieces;
  for (std::size_t i = 0; i < wire.size(); ++i)
    pieces.push_back(std::string_view(wire).substr(i, 1));
  AnswerReader reader(Protocol::Fastcgi);
  const std::vector<Answer> expected = {{200, 10}, {404, 5}};
  EXPECT_EQ(read_all(reader, pieces), expected);
}

TEST(FastcgiReader, CallsAnAnswerThatBreaksOffBad) {
  const std::string wire = plain();
  for (std::size_t size = 1; size < wire.size(); ++size) {
    FastcgiReader reader;
    std::string_view bytes = std::string_view(wire).substr(0, size);
    EXPECT_EQ(reader.read(bytes), Progress::More);
    EXPECT_EQ(reader.end(), Progress::Bad) << size;
    reader.reset();
    EXPECT_EQ(reader.end(), Progress::More);
  }
}

TEST(FastcgiReader, RefusesWhatIsNoAnswer) {
  const std::string head = "Content-Length: 2\r\n\r\n";
  for (const std::string& wire : {
           "HTTP/1.1 200 OK\r\n\r\n"s,                       // not a record
           record(kStdout, head + "abc") + end(),            // more than its length
           record(kStdout, head + "ab", 0, 2),               // another request's
           record(9, ""),                                    // a record that only asks
           record(kStdout, head + "a") + end(),              // less than its length
           record(kStdout, "Status: no\r\n\r\n") + end(),    // no status
           end(),                                            // nothing
           record(kStdout, head + "ab") + end(2),            // overloaded
           record(kStdout, head + "ab") + record(kEnd, ""),  // an end of the wrong size
       }) {
    FastcgiReader reader;
    std::string_view bytes = wire;
    EXPECT_EQ(reader.read(bytes), Progress::Bad) << wire;
  }
}

}  // namespace
}  // namespace penstock::bench
