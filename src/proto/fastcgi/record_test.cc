// SPDX-License-Identifier: MIT
#include "proto/fastcgi/record.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace penstock::proto::fastcgi {
namespace {

using namespace std::literals;

TEST(Record, HeaderIsReadAsItIsWritten) {
  std::string out;
  append_header(out, {.type = kStdout, .id = 0x1234, .content = 0xfedc, .padding = 7});
  EXPECT_EQ(out, "\x01\x06\x12\x34\xfe\xdc\x07\0"sv);
  const RecordHeader header = read_header(out);
  EXPECT_EQ(header.version, 1);
  EXPECT_EQ(header.type, kStdout);
  EXPECT_EQ(header.id, 0x1234);
  EXPECT_EQ(header.content, 0xfedc);
  EXPECT_EQ(header.padding, 7);
}

TEST(Record, BeginIsReadAsItIsWritten) {
  std::string out;
  append_begin(out, 3, {.role = kFilter, .flags = kKeepConnection});
  EXPECT_EQ(out, "\x01\x01\0\x03\0\x08\0\0\0\x03\x01\0\0\0\0\0"sv);
  const BeginRequest begin = read_begin(std::string_view(out).substr(kHeaderSize));
  EXPECT_EQ(begin.role, kFilter);
  EXPECT_EQ(begin.flags, kKeepConnection);
}

TEST(Record, AnswersAreWrittenWhole) {
  std::string out;
  append_end(out, 0x0102, 0x01020304, ProtocolStatus::Overloaded);
  EXPECT_EQ(out, "\x01\x03\x01\x02\0\x08\0\0\x01\x02\x03\x04\x02\0\0\0"sv);
  out.clear();
  append_unknown_type(out, 77);
  EXPECT_EQ(out, "\x01\x0b\0\0\0\x08\0\0\x4d\0\0\0\0\0\0\0"sv);
  out.clear();
  append_stream_end(out, kStdout, 9);
  EXPECT_EQ(out, "\x01\x06\0\x09\0\0\0\0"sv);
}

TEST(Record, StreamsAreSplitWhereARecordEnds) {
  std::string out;
  append_stream(out, kStderr, 5, "");
  EXPECT_EQ(out, "");
  append_stream(out, kStderr, 5, "ab");
  EXPECT_EQ(out, "\x01\x07\0\x05\0\x02\0\0ab"sv);
  out.clear();
  append_stream(out, kStdout, 5, std::string(kMaxContent + 1, 'x'));
  ASSERT_EQ(out.size(), kMaxContent + 1 + 2 * kHeaderSize);
  EXPECT_EQ(read_header(out).content, kMaxContent);
  EXPECT_EQ(read_header(std::string_view(out).substr(kHeaderSize + kMaxContent)).content, 1);
}

TEST(PairReader, ReadsShortAndLongLengths) {
  for (const std::size_t name : {1U, 127U, 128U, 300U}) {
    for (const std::size_t value : {0U, 127U, 128U, 70000U}) {
      std::string pairs;
      append_pair(pairs, std::string(name, 'n'), std::string(value, 'v'));
      EXPECT_EQ(pairs.size(), name + value + (name < 128 ? 1 : 4) + (value < 128 ? 1 : 4));
      PairReader reader(pairs);
      const auto pair = reader.next();
      ASSERT_TRUE(pair);
      EXPECT_EQ(pair->name, std::string(name, 'n'));
      EXPECT_EQ(pair->value, std::string(value, 'v'));
      EXPECT_FALSE(reader.next());
      EXPECT_EQ(reader.fault(), "");
    }
  }
}

TEST(PairReader, TakesALongLengthOfAShortText) {
  PairReader reader(
      "\x80\0\0\x01\x80\0\0\x02"
      "abc"sv);
  const auto pair = reader.next();
  ASSERT_TRUE(pair);
  EXPECT_EQ(pair->name, "a");
  EXPECT_EQ(pair->value, "bc");
}

TEST(PairReader, SaysWhatIsWrong) {
  struct Row {
    std::string_view pairs;
    std::string_view fault;
  };
  constexpr std::string_view kOverrun =
      "a length among the FastCGI parameters reaches beyond their end";
  for (const Row& row : {Row{"\x01"sv, kOverrun},
                         {"\x01\x01"sv, kOverrun},
                         {"\x01\x01"
                          "a"sv,
                          kOverrun},
                         {"\x80\0\0"sv, kOverrun},
                         {"\x01\x80\0\0"sv, kOverrun},
                         {"\xff\xff\xff\xff\xff\xff\xff\xff"
                          "a"sv,
                          kOverrun},
                         {"\0\x01"
                          "a"sv,
                          "a FastCGI parameter without a name"},
                         {"\0\0"sv, "a FastCGI parameter without a name"}}) {
    PairReader reader(row.pairs);
    EXPECT_FALSE(reader.next());
    EXPECT_EQ(reader.fault(), row.fault);
  }
}

}  // namespace
}  // namespace penstock::proto::fastcgi
