// SPDX-License-Identifier: MIT
#include "ipc/channel.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string_view>

namespace penstock::ipc {
namespace {

using Kind = Message::Kind;

std::pair<Channel, Channel> connected() {
  auto made = Channel::pair();
  if (!made) {
    ADD_FAILURE() << made.error().what;
    return {};
  }
  return std::move(*made);
}

Channel::Received next(Channel& channel) {
  auto got = channel.receive();
  EXPECT_TRUE(got.has_value() && got->has_value());
  if (!got || !*got) return Channel::Received{Message{}, Fd{}};
  return std::move(**got);
}

TEST(Channel, CarriesEveryFieldOfAMessageBothWays) {
  auto [left, right] = connected();
  ASSERT_TRUE(left.send({Kind::Forked, 7, 4711, -5}));
  ASSERT_TRUE(right.send({ipc::Message::kLastKind, 2, 1, 60000}));

  const auto there = next(right);
  EXPECT_EQ(there.message.kind, Kind::Forked);
  EXPECT_EQ(there.message.slot, 7);
  EXPECT_EQ(there.message.pid, 4711);
  EXPECT_EQ(there.message.value, -5);
  EXPECT_FALSE(there.descriptor);
  const auto back = next(left);
  EXPECT_EQ(back.message.kind, ipc::Message::kLastKind);
  EXPECT_EQ(back.message.value, 60000);
}

TEST(Channel, KeepsMessagesApartAndInOrder) {
  auto [left, right] = connected();
  for (int i = 1; i <= 100; ++i)
    ASSERT_TRUE(left.send({Kind::Fork, i, 0, 0}));
  for (int i = 1; i <= 100; ++i)
    EXPECT_EQ(next(right).message.slot, i);
}

TEST(Channel, PassesADescriptorThatOutlivesTheSenders) {
  auto [left, right] = connected();
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  const Fd reader(ends[0]);
  Fd writer(ends[1]);
  ASSERT_TRUE(left.send({Kind::Fork, 1, 0, 0}, writer.get()));
  writer.reset();

  const auto got = next(right);
  ASSERT_TRUE(got.descriptor);
  EXPECT_NE(::fcntl(got.descriptor.get(), F_GETFD) & FD_CLOEXEC, 0);
  ASSERT_EQ(::write(got.descriptor.get(), "x", 1), 1);
  char byte = 0;
  EXPECT_EQ(::read(reader.get(), &byte, 1), 1);
  EXPECT_EQ(byte, 'x');
}

TEST(Channel, IsCloseOnExec) {
  auto [left, right] = connected();
  EXPECT_NE(::fcntl(left.fd(), F_GETFD) & FD_CLOEXEC, 0);
  EXPECT_NE(::fcntl(right.fd(), F_GETFD) & FD_CLOEXEC, 0);
}

TEST(Channel, TellsTheEndOfFileFromAnEmptyQueue) {
  auto [left, right] = connected();
  const auto empty = right.receive(false);
  ASSERT_FALSE(empty);
  EXPECT_EQ(empty.error().code, EAGAIN);

  left = Channel();
  const auto ended = right.receive(false);
  ASSERT_TRUE(ended);
  EXPECT_FALSE(*ended);
}

TEST(Channel, DeliversWhatWasSentBeforeTheEnd) {
  auto [left, right] = connected();
  ASSERT_TRUE(left.send({Kind::AppLoaded, 0, 0, 12}));
  left = Channel();
  EXPECT_EQ(next(right).message.value, 12);
  EXPECT_FALSE(*right.receive());
}

TEST(Channel, DeliversWhatWasSentByAnEndThatLeftMessagesUnread) {
  auto [left, right] = connected();
  ASSERT_TRUE(right.send({Kind::Fork, 1, 0, 0}));
  ASSERT_TRUE(left.send({Kind::Forked, 1, 99, 0}));
  left = Channel();
  EXPECT_EQ(next(right).message.pid, 99);
  const auto ended = right.receive(false);
  ASSERT_TRUE(ended);
  EXPECT_FALSE(*ended);
}

TEST(Channel, FailsToSendToAnEndThatIsGoneWithoutASignal) {
  auto [left, right] = connected();
  right = Channel();
  const auto sent = left.send({Kind::Ready, 1, 0, 0});
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, EPIPE);
}

TEST(Channel, NeverWaitsForAnEndThatDoesNotRead) {
  auto [left, right] = connected();
  Result<> sent;
  for (int i = 0; i < 1'000'000 && sent; ++i)
    sent = left.send({Kind::Fork, 1, 0, 0});
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, EAGAIN);
}

TEST(Channel, RefusesPacketsThatAreNoMessages) {
  auto [left, right] = connected();
  Message odd;
  odd.kind = static_cast<Kind>(77);
  const std::string_view unknown_kind(reinterpret_cast<const char*>(&odd), sizeof odd);
  const std::string_view too_long("0123456789012345678901234567890123456789");
  const std::array<std::string_view, 3> packets{"short", too_long, unknown_kind};
  for (const std::string_view packet : packets) {
    SCOPED_TRACE(packet.size());
    ASSERT_EQ(::send(left.fd(), packet.data(), packet.size(), 0),
              static_cast<ssize_t>(packet.size()));
    EXPECT_FALSE(right.receive());
  }
  ASSERT_TRUE(left.send({Kind::Ready, 3, 0, 0}));
  EXPECT_EQ(next(right).message.slot, 3);
}

TEST(Channel, ClosesDescriptorsThatComeWithARefusedPacket) {
  auto [left, right] = connected();
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  const Fd reader(ends[0]);
  Fd writer(ends[1]);
  ASSERT_TRUE(left.send({static_cast<Kind>(77), 0, 0, 0}, writer.get()));
  writer.reset();
  EXPECT_FALSE(right.receive());
  char byte = 0;
  EXPECT_EQ(::read(reader.get(), &byte, 1), 0);  // nobody holds the writing end any more
}

}  // namespace
}  // namespace penstock::ipc
