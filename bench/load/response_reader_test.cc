// SPDX-License-Identifier: MIT
#include "load/response_reader.h"

#include <gtest/gtest.h>

#include <vector>

namespace penstock::bench {
namespace {

using Progress = ResponseReader::Progress;

constexpr std::string_view kPlain = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
constexpr std::string_view kChunked =
    "HTTP/1.1 404 Not Found\r\ntransfer-encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n10\r\n"
    "0123456789abcdef\r\n0\r\nTrailer: x\r\n\r\n";
constexpr std::string_view kEmpty = "HTTP/1.1 204 No Content\r\n\r\n";
constexpr std::string_view kClosing =
    "HTTP/1.1 200 OK\r\nConnection: close\r\ncontent-length:2\r\n\r\nab";

struct Answer {
  int status;
  std::uint64_t body_bytes;
  bool closes;
  bool operator==(const Answer&) const = default;
};

/// Reads the pieces in turn; what came of them.
std::vector<Answer> read_all(ResponseReader& reader, const std::vector<std::string_view>& pieces) {
  std::vector<Answer> answers;
  for (std::string_view piece : pieces) {
    for (;;) {
      const Progress progress = reader.read(piece);
      EXPECT_NE(progress, Progress::Bad);
      if (progress != Progress::Complete) break;
      answers.push_back({reader.status(), reader.body_bytes(), reader.closes()});
    }
  }
  return answers;
}

TEST(ResponseReader, FindsTheSameAnswersWhereverTheBytesAreCut) {
  const std::string wire = std::string(kPlain).append(kChunked).append(kEmpty).append(kClosing);
  const std::vector<Answer> expected = {
      {200, 5, false}, {404, 21, false}, {204, 0, false}, {200, 2, true}};
  for (std::size_t cut = 0; cut <= wire.size(); ++cut) {
    SCOPED_TRACE(cut);
    ResponseReader reader;
    const std::string_view all = wire;
    EXPECT_EQ(read_all(reader, {all.substr(0, cut), all.substr(cut)}), expected);
  }
}

TEST(ResponseReader, FindsTheSameAnswersByteByByte) {
  const std::string wire = std::string(kChunked).append(kPlain);
  ResponseReader reader;
  std::vector<std::string_view> pieces;
  for (std::size_t i = 0; i < wire.size(); ++i)
    pieces.push_back(std::string_view(wire).substr(i, 1));
  const std::vector<Answer> expected = {{404, 21, false}, {200, 5, false}};
  EXPECT_EQ(read_all(reader, pieces), expected);
}

TEST(ResponseReader, TakesARepeatedHeadForWhatItIs) {
  ResponseReader reader;
  const std::string wire = std::string(kPlain).append(kPlain).append(kChunked).append(kPlain);
  const std::vector<Answer> expected = {
      {200, 5, false}, {200, 5, false}, {404, 21, false}, {200, 5, false}};
  EXPECT_EQ(read_all(reader, {wire}), expected);
}

TEST(ResponseReader, CompletesAnAnswerWithoutALengthAtTheEnd) {
  ResponseReader reader;
  std::string_view bytes = "HTTP/1.1 200 OK\r\n\r\nall until the end";
  EXPECT_EQ(reader.read(bytes), Progress::More);
  EXPECT_EQ(reader.end(), Progress::Complete);
  EXPECT_EQ(reader.body_bytes(), 17U);
  EXPECT_TRUE(reader.closes());
}

TEST(ResponseReader, CallsAnAnswerThatBreaksOffBad) {
  for (std::size_t size = 1; size < kPlain.size(); ++size) {
    ResponseReader reader;
    std::string_view bytes = kPlain.substr(0, size);
    EXPECT_EQ(reader.read(bytes), Progress::More);
    EXPECT_EQ(reader.end(), Progress::Bad) << size;
  }
  ResponseReader reader;
  EXPECT_EQ(reader.end(), Progress::More);
}

TEST(ResponseReader, ClosesWhereHttp10DoesNotSayOtherwise) {
  ResponseReader reader;
  std::string_view bytes = "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n";
  EXPECT_EQ(reader.read(bytes), Progress::Complete);
  EXPECT_TRUE(reader.closes());
  bytes = "HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 0\r\n\r\n";
  EXPECT_EQ(reader.read(bytes), Progress::Complete);
  EXPECT_FALSE(reader.closes());
}

TEST(ResponseReader, TakesTheStatusOfACgiHeadFromItsFieldWhereverTheBytesAreCut) {
  const std::string wire = "Content-Length: 3\r\nstatus: 503 Busy\r\n\r\nabc";
  const std::vector<Answer> expected = {{503, 3, true}};
  for (std::size_t cut = 0; cut <= wire.size(); ++cut) {
    SCOPED_TRACE(cut);
    ResponseReader reader(ResponseReader::Head::Cgi);
    const std::string_view all = wire;
    EXPECT_EQ(read_all(reader, {all.substr(0, cut), all.substr(cut)}), expected);
  }
}

TEST(ResponseReader, TakesACgiHeadWithoutAStatusFor200AndOneOfHttpForWhatItIs) {
  ResponseReader reader(ResponseReader::Head::Cgi);
  std::string_view bytes = "Content-Length: 0\r\n\r\n";
  EXPECT_EQ(reader.read(bytes), Progress::Complete);
  EXPECT_EQ(reader.status(), 200);
  reader.reset();
  bytes = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
  EXPECT_EQ(reader.read(bytes), Progress::Complete);
  EXPECT_EQ(reader.status(), 404);
}

TEST(ResponseReader, RefusesWhatIsNoAnswer) {
  for (const std::string_view wire :
       {"SSH-2.0-x\r\n\r\n", "HTTP/1.1 abc\r\n\r\n", "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        "Status: 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"}) {
    ResponseReader reader;
    std::string_view bytes = wire;
    EXPECT_EQ(reader.read(bytes), Progress::Bad) << wire;
  }
}

}  // namespace
}  // namespace penstock::bench
