// SPDX-License-Identifier: MIT
#include "server/input_buffer.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace penstock::server {
namespace {

void receive(BufferRef& buffer, std::string_view bytes) {
  std::copy(bytes.begin(), bytes.end(), buffer->free_space().begin());
  buffer->filled(bytes.size());
}

TEST(InputBuffer, GivesBackWhatWasReceivedAndNotConsumed) {
  BufferPool pool;
  BufferRef buffer = pool.lend();
  receive(buffer, "GET / HTTP/1.1");
  buffer->consume(4);
  EXPECT_EQ(buffer->unread(), "/ HTTP/1.1");
}

TEST(InputBuffer, KeepsPinnedBytesInPlaceWhenItMakesRoom) {
  BufferPool pool;
  BufferRef buffer = pool.lend();
  receive(buffer, "headbodynext");
  const char* const head = buffer->unread().data();
  buffer->consume(4);
  buffer->pin();
  buffer->consume(4);
  const std::size_t room = buffer->free_space().size();
  buffer->compact();
  EXPECT_EQ(std::string_view(head, 4), "head");
  EXPECT_EQ(buffer->unread(), "next");
  EXPECT_EQ(buffer->unread().data(), head + 4);
  EXPECT_EQ(buffer->free_space().size(), room + 4);
}

TEST(InputBuffer, ComesBackEmptyFromThePool) {
  BufferPool pool;
  BufferRef buffer = pool.lend();
  receive(buffer, "secret");
  buffer->consume(3);
  buffer->pin();
  buffer.reset();
  buffer = pool.lend();
  EXPECT_TRUE(buffer->unread().empty());
  EXPECT_EQ(buffer->free_space().size(), BufferPool::kUsual);
}

TEST(InputBuffer, LivesAsLongAsSomebodyRefersToIt) {
  BufferPool pool;
  BufferRef first = pool.lend();
  receive(first, "kept");
  BufferRef second = first;
  EXPECT_TRUE(first.shared());
  first.reset();
  EXPECT_FALSE(second.shared());
  EXPECT_EQ(second->unread(), "kept");
}

TEST(BufferPool, LendsLargerBuffersToo) {
  BufferPool pool;
  EXPECT_GE(pool.lend(100'000)->free_space().size(), 100'000U);
  EXPECT_EQ(pool.lend(1)->free_space().size(), BufferPool::kUsual);
}

}  // namespace
}  // namespace penstock::server
