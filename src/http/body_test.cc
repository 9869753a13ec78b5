// SPDX-License-Identifier: MIT
#include "http/body.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <string>

namespace penstock::http {
namespace {

const Body::Spooling kSmall{.threshold = 10, .directory = testing::TempDir()};

std::string read_all(const Body& body, std::size_t piece) {
  std::string all;
  std::string buffer(piece, '\0');
  for (;;) {
    const auto got = body.read_at(all.size(), buffer);
    EXPECT_TRUE(got);
    if (!got || *got == 0) return all;
    EXPECT_TRUE(*got == piece || all.size() + *got == body.size());
    all.append(buffer, 0, *got);
  }
}

void append(Body& body, std::string_view bytes) {
  const auto result = body.append(bytes, kSmall);
  ASSERT_TRUE(result) << result.error().what;
}

TEST(Body, IsEmptyAtFirst) {
  Body body;
  EXPECT_EQ(body.size(), 0u);
  EXPECT_FALSE(body.spooled());
  EXPECT_EQ(body.memory(), "");
  EXPECT_EQ(read_all(body, 4), "");
}

TEST(Body, LendsBytesWithoutACopy) {
  const std::string bytes = "borrowed";
  Body body;
  body.borrow(bytes);
  EXPECT_EQ(body.memory().data(), bytes.data());
  EXPECT_EQ(read_all(body, 3), bytes);
}

TEST(Body, AppendsToBorrowedBytes) {
  Body body;
  body.borrow("abc");
  append(body, "def");
  EXPECT_EQ(body.memory(), "abcdef");
  append(body, "ghijklmnop");
  EXPECT_TRUE(body.spooled());
  EXPECT_EQ(read_all(body, 5), "abcdefghijklmnop");
}

TEST(Body, StaysInMemoryUpToTheThreshold) {
  Body body;
  append(body, "12345");
  append(body, "67890");
  EXPECT_FALSE(body.spooled());
  EXPECT_EQ(body.memory(), "1234567890");
  append(body, "x");
  EXPECT_TRUE(body.spooled());
  EXPECT_EQ(body.memory(), "");
  EXPECT_EQ(body.size(), 11u);
  append(body, "y");
  EXPECT_EQ(read_all(body, 1), "1234567890xy");
  EXPECT_EQ(read_all(body, 100), "1234567890xy");
}

TEST(Body, SpoolsOneLargePieceAtOnce) {
  const std::string large(100000, 'z');
  Body body;
  append(body, large);
  EXPECT_TRUE(body.spooled());
  EXPECT_EQ(read_all(body, 4096), large);
}

TEST(Body, ReadsFromAnyPlace) {
  for (const bool spooled : {false, true}) {
    Body body;
    append(body, spooled ? "0123456789abc" : "0123456789");
    EXPECT_EQ(body.spooled(), spooled);
    std::string three(3, '\0');
    EXPECT_EQ(*body.read_at(4, three), 3u);
    EXPECT_EQ(three, "456");
    EXPECT_EQ(*body.read_at(body.size() - 1, three), 1u);
    EXPECT_EQ(*body.read_at(body.size(), three), 0u);
    EXPECT_EQ(*body.read_at(~0ULL, three), 0u);
    EXPECT_EQ(*body.read_at(0, {}), 0u);
  }
}

TEST(Body, KeepsItsBytesWhenItIsMoved) {
  Body body;
  append(body, "ab");
  const Body other = std::move(body);
  EXPECT_EQ(read_all(other, 8), "ab");
}

TEST(Body, ResetStartsAfresh) {
  Body body;
  append(body, "far more than the threshold");
  body.reset();
  EXPECT_FALSE(body.spooled());
  EXPECT_EQ(body.size(), 0u);
  append(body, "new");
  EXPECT_EQ(read_all(body, 8), "new");
}

TEST(Body, ErrorNamesTheDirectory) {
  Body body;
  const auto result =
      body.append("0123456789abc", {.threshold = 1, .directory = "/nowhere/at/all"});
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().what, testing::HasSubstr("/nowhere/at/all"));
  EXPECT_EQ(result.error().code, ENOENT);
}

TEST(Body, AFullDiskIsAnErrorThatNamesTheDirectory) {
  // A limit on the file size stands in for the full disk.
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit tiny{16, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &tiny), 0);
  Body body;
  const auto result = body.append(std::string(64, 'x'), kSmall);
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, handler);
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().what, testing::HasSubstr(kSmall.directory));
}

}  // namespace
}  // namespace penstock::http
