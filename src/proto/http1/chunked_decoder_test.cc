// SPDX-License-Identifier: MIT
#include "proto/http1/chunked_decoder.h"

#include <gtest/gtest.h>

#include <string>

namespace penstock::proto::http1 {
namespace {

/// What a decoder makes of a body that comes in pieces of `piece` bytes.
struct Decoded {
  std::string data;
  bool ended = false;
  int status = 0;  // of its refusal
  std::string left;
  bool operator==(const Decoded&) const = default;
};

Decoded decode(std::string_view wire, std::size_t piece, const Limits& limits = {}) {
  using Kind = ChunkedDecoder::Step::Kind;
  ChunkedDecoder decoder;
  Decoded decoded;
  while (!decoded.ended && decoded.status == 0) {
    const ChunkedDecoder::Step step = decoder.next(decoded.left, limits);
    decoded.data += step.data;
    decoded.left.erase(0, step.consumed);
    decoded.ended = step.kind == Kind::End;
    if (step.kind == Kind::Broken) decoded.status = step.fault->status;
    if (step.kind != Kind::NeedInput) continue;
    if (wire.empty()) break;
    decoded.left += wire.substr(0, piece);
    wire.remove_prefix(std::min(piece, wire.size()));
  }
  if (decoded.status != 0) decoded.left.clear();
  decoded.left += decoded.status == 0 ? wire : "";
  return decoded;
}

struct Good {
  std::string_view wire;
  std::string_view data;
};

constexpr Good kGood[] = {
    {"0\r\n\r\n", ""},
    {"000\r\n\r\n", ""},
    {"5\r\nhello\r\n0\r\n\r\n", "hello"},
    {"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", "hello world"},
    {"a\r\n0123456789\r\n0\r\n\r\n", "0123456789"},
    {"A\r\n0123456789\r\n0\r\n\r\n", "0123456789"},
    {"0000000000000001\r\nx\r\n0\r\n\r\n", "x"},
    {"2\r\n\r\n\r\n0\r\n\r\n", "\r\n"},
    {"5;a\r\nhello\r\n0\r\n\r\n", "hello"},
    {"5;a=b;c=\"d e\"\r\nhello\r\n0;z\r\n\r\n", "hello"},
    {"5; a = b\t\r\nhello\r\n0\r\n\r\n", "hello"},
    {"1\r\nx\r\n0\r\nX-Sum: 1\r\n\r\n", "x"},
    {"1\r\nx\r\n0\r\nX-Sum: 1\r\nB:\r\nDate: now\r\n\r\n", "x"},
};

TEST(ChunkedDecoder, GivesTheDataHoweverItArrives) {
  for (const Good& good : kGood) {
    for (std::size_t piece = 1; piece <= good.wire.size(); ++piece) {
      const Decoded got = decode(good.wire, piece);
      EXPECT_EQ(got.data, good.data) << good.wire << " by " << piece;
      EXPECT_TRUE(got.ended) << good.wire << " by " << piece;
      EXPECT_EQ(got.left, "") << good.wire << " by " << piece;
    }
  }
}

TEST(ChunkedDecoder, LeavesWhatFollowsAlone) {
  for (std::size_t piece = 1; piece <= 40; ++piece) {
    const Decoded got = decode("1\r\nx\r\n0\r\nA: b\r\n\r\nGET / HTTP/1.1\r\n", piece);
    EXPECT_TRUE(got.ended);
    EXPECT_EQ(got.left, "GET / HTTP/1.1\r\n") << piece;
  }
}

TEST(ChunkedDecoder, WaitsForTheRestAtEveryCut) {
  for (const Good& good : kGood) {
    for (std::size_t cut = 0; cut < good.wire.size(); ++cut) {
      const Decoded got = decode(good.wire.substr(0, cut), cut + 1);
      EXPECT_FALSE(got.ended) << good.wire << " to " << cut;
      EXPECT_EQ(got.status, 0) << good.wire << " to " << cut;
      EXPECT_TRUE(good.data.starts_with(got.data));
    }
  }
}

struct Bad {
  std::string_view wire;
  int status;
};

constexpr Bad kBad[] = {
    {"\r\n", 400},
    {"\n", 400},
    {";a\r\n", 400},
    {" 5\r\nhello\r\n", 400},
    {"5 \r\nhello\r\n", 400},
    {"5 ;a\r\nhello\r\n", 400},
    {"5\t\r\nhello\r\n", 400},
    {"+5\r\nhello\r\n", 400},
    {"-5\r\nhello\r\n", 400},
    {"-0\r\n\r\n", 400},
    {"0x5\r\nhello\r\n", 400},
    {"0X5\r\nhello\r\n", 400},
    {"5h\r\nhello\r\n", 400},
    {"5_0\r\nhello\r\n", 400},
    {"1_0\r\n", 400},
    {"5,\r\nhello\r\n", 400},
    {"5.0\r\nhello\r\n", 400},
    {"g\r\n", 400},
    {"\"5\"\r\nhello\r\n", 400},
    {"5\nhello\r\n", 400},
    {"5\rhello\r\n", 400},
    {"5\r\rhello\r\n", 400},
    {"5;a\nhello\r\n", 400},
    {"5;a\rb\r\nhello\r\n", 400},
    {"5;\x01\r\nhello\r\n", 400},
    {"5;\x7f\r\nhello\r\n", 400},
    {"5\r\nhello0\r\n\r\n", 400},
    {"5\r\nhello\n0\r\n\r\n", 400},
    {"5\r\nhello\r0\r\n\r\n", 400},
    {"5\r\nhelloX\r\n0\r\n\r\n", 400},
    {"5\r\nhello\r\r\n0\r\n\r\n", 400},
    {"4\r\nhello\r\n0\r\n\r\n", 400},
    {"5\r\nhello\r\n\r\n", 400},
    {"00000000000000005\r\nhello\r\n", 400},
    {"10000000000000005\r\nhello\r\n", 400},
    {"ffffffffffffffff\r\n", 413},
    {"8000000000000000\r\n", 413},
    {"1\r\nx\r\n7fffffffffffffff\r\n", 413},
    {"0\r\nX\r\n\r\n", 400},
    {"0\r\n: x\r\n\r\n", 400},
    {"0\r\nA : x\r\n\r\n", 400},
    {"0\r\n A: x\r\n\r\n", 400},
    {"0\r\nA: x\r\n B\r\n\r\n", 400},
    {"0\r\nA: x\n\r\n", 400},
    {"0\r\nA: x\r\r\n", 400},
    {"0\r\nA: \x01\r\n\r\n", 400},
    {"0\r\n\n", 400},
    {"0\r\n\rx", 400},
    {"0\n\n", 400},
    {"0\r\nContent-Length: 5\r\n\r\n", 400},
    {"0\r\ntransfer-encoding: chunked\r\n\r\n", 400},
    {"0\r\nHost: x\r\n\r\n", 400},
    {"0\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n", 400},
};

TEST(ChunkedDecoder, RefusesTheSameHoweverItArrives) {
  for (const Bad& bad : kBad) {
    for (std::size_t piece = 1; piece <= bad.wire.size(); ++piece)
      EXPECT_EQ(decode(bad.wire, piece).status, bad.status) << bad.wire << " by " << piece;
  }
  EXPECT_EQ(decode(std::string_view("5;\0\r\n", 5), 9).status, 400);
  EXPECT_EQ(decode(std::string_view("0\r\nA: \0\r\n\r\n", 11), 11).status, 400);
}

TEST(ChunkedDecoder, BoundsTheBody) {
  const Limits limits{.body_bytes = 10};
  for (std::size_t piece = 1; piece <= 40; ++piece) {
    EXPECT_EQ(decode("4\r\nabcd\r\n6\r\nefghij\r\n0\r\n\r\n", piece, limits).data, "abcdefghij");
    const Decoded got = decode("4\r\nabcd\r\n7\r\nefghijk\r\n0\r\n\r\n", piece, limits);
    EXPECT_EQ(got.status, 413);
    EXPECT_EQ(got.data, "abcd");
  }
}

TEST(ChunkedDecoder, BoundsTheExtensionsOfTheWholeBody) {
  const Limits limits{.chunk_extension_bytes = 6};
  for (std::size_t piece = 1; piece <= 40; ++piece) {
    EXPECT_TRUE(decode("1;ab\r\nx\r\n1;cd\r\ny\r\n0\r\n\r\n", piece, limits).ended);
    EXPECT_EQ(decode("1;ab\r\nx\r\n1;cde\r\ny\r\n0\r\n\r\n", piece, limits).status, 400);
  }
  const Limits none{.chunk_extension_bytes = 0};
  EXPECT_EQ(decode("1;\r\nx\r\n0\r\n\r\n", 99, none).status, 400);
  EXPECT_TRUE(decode("1\r\nx\r\n0\r\n\r\n", 99, none).ended);
}

TEST(ChunkedDecoder, BoundsTheTrailers) {
  const Limits limits{.trailer_bytes = 12};
  for (std::size_t piece = 1; piece <= 40; ++piece) {
    EXPECT_TRUE(decode("0\r\nA: b\r\nC: def\r\n\r\n", piece, limits).ended);
    EXPECT_EQ(decode("0\r\nA: b\r\nC: defg\r\n\r\n", piece, limits).status, 431);
    EXPECT_EQ(decode("0\r\nA: 0123456789", piece, limits).status, 431);
  }
}

TEST(ChunkedDecoder, IsAsNewAfterAReset) {
  ChunkedDecoder decoder;
  EXPECT_EQ(decoder.next("5\r\nhe", {}).data, "he");
  decoder.reset();
  EXPECT_EQ(decoder.next("1\r\nx", {}).data, "x");
}

}  // namespace
}  // namespace penstock::proto::http1
