// SPDX-License-Identifier: MIT
#include "net/listen_queue.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <vector>

#include "net/listener.h"

namespace penstock::net {
namespace {

/// A connection that is in the queue: TCP_DEFER_ACCEPT lets it in with its first byte.
Fd connected(const Address& address) {
  Fd fd{::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0)};
  EXPECT_EQ(::connect(fd.get(), address.raw(), address.size()), 0);
  EXPECT_EQ(::write(fd.get(), "x", 1), 1);
  return fd;
}

void counts_who_waits(const std::string& where) {
  ListenOptions options;
  options.backlog = 7;
  auto listener = listen_on(where, options);
  ASSERT_TRUE(listener) << listener.error().what;
  EXPECT_EQ(listen_queue(listener->fd.get()).waiting, 0u);
  EXPECT_EQ(listen_queue(listener->fd.get()).limit, 7u);
  std::vector<Fd> waiting;
  for (int i = 0; i < 3; ++i)
    waiting.push_back(connected(listener->address));
  EXPECT_EQ(listen_queue(listener->fd.get()).waiting, 3u);
}

TEST(ListenQueue, CountsWhoWaitsOnTcp) {
  counts_who_waits("127.0.0.1:0");
}

TEST(ListenQueue, CountsWhoWaitsOnAUnixSocket) {
  counts_who_waits("@penstock-listen-queue-" + std::to_string(::getpid()));
}

TEST(ListenQueue, KnowsNothingOfOtherDescriptors) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const Fd out{ends[0]};
  const Fd in{ends[1]};
  EXPECT_EQ(listen_queue(in.get()).limit, 0u);
}

TEST(ListenQueue, CountsConnectionsThatFoundItFull) {
  const std::uint64_t before = listen_overflows();
  ListenOptions options;
  options.backlog = 1;
  auto listener = listen_on("127.0.0.1:0", options);
  ASSERT_TRUE(listener) << listener.error().what;
  std::vector<Fd> waiting;
  for (int i = 0; i < 2; ++i)  // the kernel takes one more than it was told
    waiting.push_back(connected(listener->address));
  const Fd more{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  static_cast<void>(::connect(more.get(), listener->address.raw(), listener->address.size()));
  EXPECT_GT(listen_overflows(), before);
}

}  // namespace
}  // namespace penstock::net
