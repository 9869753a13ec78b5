// SPDX-License-Identifier: MIT
#include "proto/uwsgi/packet.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace penstock::proto::uwsgi {
namespace {

using namespace std::literals;

TEST(Packet, BeginsWithModifierAndLittleEndianSize) {
  const Prefix prefix = read_prefix("\x1e\x34\x12\x07..."sv);
  EXPECT_EQ(prefix.modifier1, 30);
  EXPECT_EQ(prefix.block_size, 0x1234);
  EXPECT_EQ(prefix.modifier2, 7);
  EXPECT_EQ(read_prefix("\0\xff\xff\0"sv).block_size, 65535);
}

TEST(Packet, IsWrittenAsItIsRead) {
  std::string block;
  append_variable(block, "A", "xyz");
  append_variable(block, "EMPTY", "");
  EXPECT_EQ(make_packet(block, 5, 9), "\x05\x11\0\x09\x01\0A\x03\0xyz\x05\0EMPTY\0\0"sv);
}

TEST(BlockReader, GivesEachVariable) {
  std::string block;
  append_variable(block, "A", "xyz");
  append_variable(block, std::string(65535, 'n'), std::string(65535, 'v'));
  append_variable(block, "LAST", "");
  BlockReader reader(block);
  const auto first = reader.next();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->name, "A");
  EXPECT_EQ(first->value, "xyz");
  const auto second = reader.next();
  ASSERT_TRUE(second);
  EXPECT_EQ(second->name.size(), 65535U);
  EXPECT_EQ(second->value.size(), 65535U);
  const auto third = reader.next();
  ASSERT_TRUE(third);
  EXPECT_EQ(third->name, "LAST");
  EXPECT_EQ(third->value, "");
  EXPECT_FALSE(reader.next());
  EXPECT_EQ(reader.fault(), "");
}

TEST(BlockReader, SaysWhatIsWrong) {
  struct Row {
    std::string_view block;
    std::string_view fault;
  };
  constexpr std::string_view kOverrun = "a length in the uwsgi block reaches beyond its end";
  constexpr std::string_view kNameless = "a variable without a name in the uwsgi block";
  for (const Row& row : {Row{"\x01"sv, kOverrun},
                         {"\x01\0"sv, kOverrun},
                         {"\x01\0A"sv, kOverrun},
                         {"\x01\0A\x01"sv, kOverrun},
                         {"\x01\0A\x01\0"sv, kOverrun},
                         {"\x01\0A\xff\xff"
                          "B"sv,
                          kOverrun},
                         {"\xff\xff"
                          "A"sv,
                          kOverrun},
                         {"\0\0\x01\0B"sv, kNameless},
                         {"\0\0\0\0"sv, kNameless}}) {
    BlockReader reader(row.block);
    EXPECT_FALSE(reader.next());
    EXPECT_EQ(reader.fault(), row.fault);
  }
}

TEST(BlockReader, FindsBytesBehindTheLastVariable) {
  BlockReader reader("\x01\0A\x01\0B\0"sv);
  EXPECT_TRUE(reader.next());
  EXPECT_FALSE(reader.next());
  EXPECT_EQ(reader.fault(), "a length in the uwsgi block reaches beyond its end");
}

}  // namespace
}  // namespace penstock::proto::uwsgi
