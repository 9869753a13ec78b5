// SPDX-License-Identifier: MIT
#include "proto/fastcgi/streams.h"

#include <gtest/gtest.h>

#include <thread>

namespace penstock::proto::fastcgi {
namespace {

TEST(ActiveIds, HoldsAnIdUntilItIsGivenBack) {
  ActiveIds ids;
  EXPECT_FALSE(ids.contains(7));
  EXPECT_TRUE(ids.take(7));
  EXPECT_TRUE(ids.contains(7));
  EXPECT_EQ(ids.count(), 1U);
  ids.give_back(7);
  EXPECT_FALSE(ids.contains(7));
  EXPECT_EQ(ids.count(), 0U);
}

TEST(ActiveIds, HasAsManyPlacesAsItSays) {
  ActiveIds ids;
  for (std::uint16_t id = 1; id <= kMaxStreams; ++id)
    EXPECT_TRUE(ids.take(id));
  EXPECT_FALSE(ids.take(1000));
  ids.give_back(5);
  EXPECT_TRUE(ids.take(1000));
  EXPECT_EQ(ids.count(), kMaxStreams);
}

TEST(ActiveIds, RemembersThatAnAnswerIsNotWanted) {
  ActiveIds ids;
  ids.take(7);
  EXPECT_FALSE(ids.is_cancelled(7));
  ids.cancel(7);
  EXPECT_TRUE(ids.is_cancelled(7));
  EXPECT_TRUE(ids.contains(7));
  ids.give_back(7);
  EXPECT_FALSE(ids.is_cancelled(7));
  ids.take(7);
  EXPECT_FALSE(ids.is_cancelled(7));
}

TEST(ActiveIds, LeavesOthersAlone) {
  ActiveIds ids;
  ids.take(65535);
  ids.give_back(0);
  ids.give_back(3);
  ids.cancel(0);
  ids.cancel(3);
  EXPECT_EQ(ids.count(), 1U);
  EXPECT_FALSE(ids.contains(0));
  EXPECT_FALSE(ids.is_cancelled(65535));
}

TEST(ActiveIds, MayBeGivenBackByOtherThreads) {
  ActiveIds ids;
  for (int round = 0; round < 200; ++round) {
    for (std::uint16_t id = 1; id <= 4; ++id)
      ASSERT_TRUE(ids.take(id));
    std::thread one([&] { ids.give_back(1), ids.give_back(2); });
    std::thread two([&] { ids.give_back(3), ids.give_back(4); });
    ids.cancel(2);
    ids.cancel(3);
    one.join();
    two.join();
    ASSERT_EQ(ids.count(), 0U);
  }
}

TEST(IncomingRequests, FindsWhatHasBegun) {
  IncomingRequests incoming;
  incoming.begin(1, true).params = "one";
  incoming.begin(2, false).params = "two";
  EXPECT_EQ(incoming.params_bytes(), 6U);
  ASSERT_NE(incoming.find(1), nullptr);
  EXPECT_TRUE(incoming.find(1)->keep_connection);
  EXPECT_EQ(incoming.find(3), nullptr);
  incoming.end(*incoming.find(1));
  EXPECT_EQ(incoming.find(1), nullptr);
  ASSERT_NE(incoming.find(2), nullptr);
  EXPECT_EQ(incoming.find(2)->params, "two");
  incoming.end(*incoming.find(2));
  EXPECT_TRUE(incoming.empty());
}

TEST(IncomingRequests, BeginsClean) {
  IncomingRequests incoming;
  Incoming& first = incoming.begin(1, true);
  first.params = "one";
  first.phase = Incoming::Phase::Body;
  first.body_received = 3;
  first.body_length = 9;
  incoming.end(first);
  const Incoming& again = incoming.begin(2, false);
  EXPECT_EQ(again.params, "");
  EXPECT_EQ(again.phase, Incoming::Phase::Params);
  EXPECT_EQ(again.body_received, 0U);
  EXPECT_FALSE(again.body_length);
}

TEST(IncomingRequests, DropsThoseThatWereAnswered) {
  ActiveIds active;
  IncomingRequests incoming;
  for (std::uint16_t id = 1; id <= 5; ++id) {
    active.take(id);
    incoming.begin(id, true);
  }
  active.give_back(1);
  active.give_back(4);
  active.give_back(5);
  incoming.end_inactive(active);
  for (std::uint16_t id = 1; id <= 5; ++id)
    EXPECT_EQ(incoming.find(id) != nullptr, id == 2 || id == 3) << id;
}

}  // namespace
}  // namespace penstock::proto::fastcgi
