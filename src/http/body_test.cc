// SPDX-License-Identifier: MIT
#include "http/body.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <optional>
#include <span>
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

// Bodies of more than 64 KiB, and a budget for four of them.
class LargeBodies : public testing::Test {
 protected:
  static constexpr std::size_t kThreshold = 64 * 1024;
  static constexpr std::size_t kEach = 1 << 20;
  static constexpr std::size_t kAll = 4 * kEach;

  /// As they come from a socket: in pieces, not all of one size.
  void receive(Body& body, std::string_view bytes, std::size_t announced) {
    body.expect(announced);
    for (std::size_t size = 16'000; !bytes.empty(); size = 65'000) {
      const auto result = body.append(bytes.substr(0, size), spooling_);
      ASSERT_TRUE(result) << result.error().what;
      bytes.remove_prefix(std::min(size, bytes.size()));
    }
  }

  /// So large, and no two pieces of it are the same.
  static std::string bytes(std::size_t size) {
    std::string all(size, '\0');
    for (std::size_t i = 0; i < size; ++i)
      all[i] = static_cast<char>((i % 251) ^ (i >> 13));
    return all;
  }

  BodyBudget budget_{kEach, kAll};
  Body::Spooling spooling_{
      .threshold = kThreshold, .directory = testing::TempDir(), .budget = &budget_};
};

TEST_F(LargeBodies, StayInMemoryUpToTheirOwnLimit) {
  for (const bool announced : {true, false}) {
    for (const std::size_t size : {kThreshold, kThreshold + 1, kEach, kEach + 1}) {
      Body body;
      const std::string sent = bytes(size);
      receive(body, sent, announced ? size : 0);
      EXPECT_EQ(body.spooled(), size > kEach) << size;
      EXPECT_TRUE(read_all(body, 100'000) == sent) << size;
      const bool counts = size > kThreshold && size <= kEach;
      EXPECT_EQ(budget_.left() < kAll, counts) << size;
    }
    EXPECT_EQ(budget_.left(), kAll);
  }
}

TEST_F(LargeBodies, TakeNoMoreThanWasAnnounced) {
  Body body;
  receive(body, bytes(700'001), 700'001);
  EXPECT_FALSE(body.spooled());
  EXPECT_EQ(kAll - budget_.left(), 700'001u);
}

TEST_F(LargeBodies, TakeNothingForWhatIsOnlyAnnounced) {
  Body body;
  receive(body, bytes(10), kEach);
  EXPECT_EQ(budget_.left(), kAll);
  receive(body, bytes(100'000), kEach);
  EXPECT_FALSE(body.spooled());
  EXPECT_LE(kAll - budget_.left(), 4u * 100'010);
}

TEST_F(LargeBodies, AreSpooledFromTheThresholdOnWhereTheyAreAnnouncedAsTooLarge) {
  Body body;
  receive(body, bytes(kThreshold), kEach + 1);
  EXPECT_FALSE(body.spooled());
  EXPECT_EQ(budget_.left(), kAll);
  ASSERT_TRUE(body.append("x", spooling_));
  EXPECT_TRUE(body.spooled());
}

TEST_F(LargeBodies, AreSpooledWhereTheBudgetIsUsedUpAndGiveBackWhatTheyHad) {
  const std::string sent = bytes(kEach);
  std::optional<Body> first[4];
  for (auto& body : first) {
    receive(body.emplace(), sent, kEach);
    EXPECT_FALSE(body->spooled());
  }
  EXPECT_EQ(budget_.left(), 0u);

  Body next;
  receive(next, sent, kEach);
  EXPECT_TRUE(next.spooled());
  EXPECT_TRUE(read_all(next, 100'000) == sent);
  next.reset();
  receive(next, sent.substr(0, kThreshold), kThreshold);
  EXPECT_FALSE(next.spooled());
  next.reset();

  first[0]->reset();
  EXPECT_EQ(budget_.left(), kEach);
  receive(next, sent, kEach);
  EXPECT_FALSE(next.spooled());
  first[1].reset();
  EXPECT_EQ(budget_.left(), kEach);

  // One that finds out in its middle.
  first[1].emplace();
  receive(*first[1], sent.substr(0, 300'000), 0);
  EXPECT_FALSE(first[1]->spooled());
  Body other;
  receive(other, sent.substr(0, 400'000), 400'000);
  EXPECT_FALSE(other.spooled());
  receive(*first[1], sent.substr(300'000), 0);
  EXPECT_TRUE(first[1]->spooled());
  EXPECT_TRUE(read_all(*first[1], 100'000) == sent);
  EXPECT_EQ(budget_.left(), kEach - 400'000);
}

TEST_F(LargeBodies, TakeBytesThatArePutRightIntoThem) {
  const std::string sent = bytes(kEach);
  Body body;
  body.expect(kEach);
  ASSERT_TRUE(body.append(sent.substr(0, 16'000), spooling_));
  std::size_t growths = 0;
  while (body.size() < kEach) {
    const std::size_t done = body.size();
    const std::size_t least = std::min<std::size_t>(kEach - done, 10'000);
    const std::span<char> room = body.room(least, spooling_);
    ASSERT_GE(room.size(), least);
    ASSERT_LE(done + room.size(), std::min(kEach, 4 * (done + least)));
    sent.copy(room.data(), room.size(), done);
    body.received(room.size());
    ++growths;
  }
  EXPECT_LT(growths, 10u);
  EXPECT_TRUE(body.memory() == sent);
  EXPECT_EQ(budget_.left(), kAll - kEach);
}

TEST_F(LargeBodies, KeepTheirBytesWhereRoomIsMadeAndNotUsed) {
  const std::string sent = bytes(kEach);
  Body body;
  body.expect(kEach);
  ASSERT_TRUE(body.append(sent.substr(0, 1000), spooling_));
  for (std::size_t size = 2000; size <= kEach; size *= 2) {
    ASSERT_FALSE(body.room(size - body.size(), spooling_).empty());
    EXPECT_EQ(body.memory(), sent.substr(0, 1000));
  }
  ASSERT_TRUE(body.append(sent.substr(1000), spooling_));
  EXPECT_TRUE(body.memory() == sent);
}

TEST_F(LargeBodies, HaveNoRoomWhereTheyBelongIntoAFile) {
  const std::string sent = bytes(kThreshold);
  Body body;
  receive(body, sent, kEach + 1);
  EXPECT_TRUE(body.room(1, spooling_).empty());
  EXPECT_TRUE(body.memory() == sent);
  ASSERT_TRUE(body.append("x", spooling_));
  EXPECT_TRUE(body.room(1, spooling_).empty());
  EXPECT_TRUE(read_all(body, 100'000) == sent + "x");
}

TEST_F(LargeBodies, CountOnceWhenTheyAreMoved) {
  Body body;
  receive(body, bytes(200'000), 200'000);
  Body other = std::move(body);
  EXPECT_EQ(budget_.left(), kAll - 200'000);
  EXPECT_TRUE(read_all(other, 100'000) == bytes(200'000));
  other.reset();
  EXPECT_EQ(budget_.left(), kAll);
}

TEST_F(LargeBodies, GoToAFileWithoutABudget) {
  spooling_.budget = nullptr;
  for (const std::size_t threshold : {std::size_t{0}, kThreshold, 2 * kEach}) {
    spooling_.threshold = threshold;
    for (const std::size_t more : {std::size_t{0}, std::size_t{1}}) {
      Body body;
      const std::string sent = bytes(threshold + more);
      receive(body, sent, sent.size());
      EXPECT_EQ(body.spooled(), more == 1) << threshold;
      EXPECT_TRUE(read_all(body, 100'000) == sent);
    }
  }
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
