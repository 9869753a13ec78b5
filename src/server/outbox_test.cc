// SPDX-License-Identifier: MIT
#include "server/outbox.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <thread>
#include <vector>

#include "base/temp_file.h"

namespace penstock::server {
namespace {

class OutboxTest : public testing::Test {
 protected:
  OutboxTest() {
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
    near_.reset(ends[0]);
    far_.reset(ends[1]);
    limits_.directory = testing::TempDir();
  }

  static Outbox::State write(Outbox& outbox, std::string_view bytes) {
    iovec part{const_cast<char*>(bytes.data()), bytes.size()};
    return outbox.write({&part, 1});
  }

  static Outbox::State hold(Outbox& outbox, std::string_view bytes) {
    const iovec part{const_cast<char*>(bytes.data()), bytes.size()};
    return outbox.hold({&part, 1});
  }

  /// What the peer can read at once.
  std::string read_some() {
    std::string bytes(1 << 16, '\0');
    const ssize_t count = ::read(far_.get(), bytes.data(), bytes.size());
    bytes.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return bytes;
  }

  /// Reads and flushes in turn until nothing waits any more.
  std::string read_all(Outbox& outbox) {
    std::string all;
    for (;;) {
      const std::string some = read_some();
      all += some;
      if (some.empty() && outbox.flush() == Outbox::State::Clear) {
        const std::string rest = read_some();
        if (rest.empty()) return all;
        all += rest;
      }
    }
  }

  static Outbox::State write_at_once(Outbox& outbox, std::string_view bytes) {
    iovec part{const_cast<char*>(bytes.data()), bytes.size()};
    return outbox.write({&part, 1}, Outbox::Wait::Never);
  }

  static std::string pattern(std::size_t size) {
    std::string bytes(size, '\0');
    for (std::size_t i = 0; i < size; ++i)
      bytes[i] = static_cast<char>('a' + i % 23);
    return bytes;
  }

  Fd near_;
  Fd far_;
  OutboxLimits limits_;
};

TEST_F(OutboxTest, SendsAtOnceWhatTheSocketTakes) {
  Outbox outbox(near_.get(), limits_);
  std::string first = "head";
  std::string second = "body";
  iovec parts[] = {{first.data(), first.size()}, {second.data(), second.size()}};
  EXPECT_EQ(outbox.write(parts), Outbox::State::Clear);
  EXPECT_EQ(read_some(), "headbody");
  EXPECT_EQ(outbox.sent(), 8U);
}

TEST_F(OutboxTest, HoldsBytesUntilTheNextWrite) {
  Outbox outbox(near_.get(), limits_);
  EXPECT_EQ(hold(outbox, "one "), Outbox::State::Held);
  EXPECT_EQ(hold(outbox, "two "), Outbox::State::Held);
  EXPECT_EQ(outbox.state(), Outbox::State::Held);
  EXPECT_EQ(read_some(), "");
  EXPECT_EQ(outbox.sent(), 0U);
  EXPECT_EQ(write(outbox, "three"), Outbox::State::Clear);
  EXPECT_EQ(read_some(), "one two three");
  EXPECT_EQ(hold(outbox, "four"), Outbox::State::Held);
  EXPECT_EQ(outbox.flush(), Outbox::State::Clear);
  EXPECT_EQ(read_some(), "four");
}

TEST_F(OutboxTest, KeepsTheOrderOfWhatIsHeldAndWhatIsLarge) {
  limits_.memory = 64 << 20;
  Outbox outbox(near_.get(), limits_);
  hold(outbox, "held ");
  const std::string large = pattern(4 << 20);
  EXPECT_EQ(write(outbox, large), Outbox::State::Blocked);
  EXPECT_EQ(hold(outbox, " more"), Outbox::State::Blocked);
  EXPECT_TRUE(read_all(outbox) == "held " + large + " more");
}

TEST_F(OutboxTest, HoldsNothingForAPeerThatIsGone) {
  Outbox outbox(near_.get(), limits_);
  hold(outbox, "held");
  outbox.fail();
  EXPECT_EQ(outbox.state(), Outbox::State::Failed);
  EXPECT_EQ(hold(outbox, "more"), Outbox::State::Failed);
  EXPECT_EQ(read_some(), "");
}

TEST_F(OutboxTest, KeepsTheRestInMemoryInOrder) {
  limits_.memory = 64 << 20;
  Outbox outbox(near_.get(), limits_);
  const std::string large = pattern(4 << 20);
  EXPECT_EQ(write(outbox, large), Outbox::State::Blocked);
  EXPECT_EQ(write(outbox, "tail"), Outbox::State::Blocked);
  EXPECT_TRUE(read_all(outbox) == large + "tail");
  EXPECT_EQ(outbox.state(), Outbox::State::Clear);
}

TEST_F(OutboxTest, MovesOnToAFileWhenMemoryIsFull) {
  limits_.memory = 100'000;
  Outbox outbox(near_.get(), limits_);
  std::string expected;
  for (int i = 0; i < 100; ++i) {
    const std::string part = std::to_string(i) + pattern(50'000);
    expected += part;
    EXPECT_NE(write(outbox, part), Outbox::State::Failed);
  }
  EXPECT_TRUE(read_all(outbox) == expected);
  EXPECT_EQ(write(outbox, "again"), Outbox::State::Clear);
  EXPECT_EQ(read_some(), "again");
}

TEST_F(OutboxTest, SendsFilesInTheirPlace) {
  Outbox outbox(near_.get(), limits_);
  auto file = open_unlinked_file(testing::TempDir());
  ASSERT_TRUE(file);
  const std::string content = pattern(3 << 20);
  ASSERT_EQ(::write(file->get(), content.data(), content.size()),
            static_cast<ssize_t>(content.size()));
  write(outbox, "before");
  outbox.write_file({std::make_shared<Fd>(std::move(*file)), 10, content.size() - 20});
  write(outbox, "after");
  EXPECT_TRUE(read_all(outbox) == "before" + content.substr(10, content.size() - 20) + "after");
}

TEST_F(OutboxTest, FailsWhenAFileIsShorterThanWasSaid) {
  Outbox outbox(near_.get(), limits_);
  auto file = open_unlinked_file(testing::TempDir());
  ASSERT_TRUE(file);
  ASSERT_EQ(::write(file->get(), "short", 5), 5);
  EXPECT_EQ(outbox.write_file({std::make_shared<Fd>(std::move(*file)), 0, 100}),
            Outbox::State::Failed);
}

TEST_F(OutboxTest, FailsWhenThePeerIsGone) {
  Outbox outbox(near_.get(), limits_);
  far_.reset();
  EXPECT_EQ(write(outbox, "x"), Outbox::State::Failed);
  EXPECT_EQ(write(outbox, "x"), Outbox::State::Failed);
  EXPECT_EQ(outbox.state(), Outbox::State::Failed);
}

TEST_F(OutboxTest, LetsTheWriterWaitBeyondItsLimitUntilThePeerReads) {
  limits_.memory = 1 << 20;
  limits_.buffer = 1 << 20;
  Outbox outbox(near_.get(), limits_);
  const std::string part = pattern(600'000);
  std::thread writer([&] {
    for (int i = 0; i < 20; ++i)
      EXPECT_NE(write(outbox, part), Outbox::State::Failed);
  });
  std::string all;
  while (all.size() < part.size() * 20) {
    all += read_some();
    outbox.flush();
  }
  writer.join();
  std::string expected;
  for (int i = 0; i < 20; ++i)
    expected += part;
  EXPECT_TRUE(all == expected);
}

TEST_F(OutboxTest, WakesTheWriterThatWaitsWhenThePeerFails) {
  limits_.memory = 1 << 20;
  limits_.buffer = 1 << 20;
  Outbox outbox(near_.get(), limits_);
  const std::string part = pattern(600'000);
  std::atomic<int> writes{0};
  std::thread writer([&] {
    while (write(outbox, part) != Outbox::State::Failed)
      ++writes;
  });
  while (writes == 0)
    std::this_thread::yield();
  outbox.fail();
  writer.join();
  EXPECT_EQ(outbox.state(), Outbox::State::Failed);
}

TEST_F(OutboxTest, KeepsShortTextsBeyondItsLimitWithoutWaiting) {
  limits_.buffer = limits_.memory = 1000;
  Outbox outbox(near_.get(), limits_);
  const std::string content = pattern(1 << 20);
  EXPECT_EQ(write(outbox, content), Outbox::State::Blocked);
  EXPECT_EQ(write_at_once(outbox, "the end"), Outbox::State::Blocked);
  EXPECT_EQ(read_all(outbox), content + "the end");
}

TEST_F(OutboxTest, LetsNothingBetweenAPartOfAFileAndItsFraming) {
  Outbox outbox(near_.get(), limits_);
  const std::string content = pattern(1 << 20);
  auto file = open_unlinked_file(limits_.directory);
  ASSERT_TRUE(file);
  ASSERT_EQ(::write(file->get(), content.data(), content.size()),
            static_cast<ssize_t>(content.size()));
  const auto shared = std::make_shared<Fd>(std::move(*file));
  std::string expected;
  for (std::size_t offset = 0; offset < content.size(); offset += 1 << 18) {
    outbox.write_file({shared, offset, 1 << 18, "<", ">"});
    write(outbox, "between");
    expected += "<" + content.substr(offset, 1 << 18) + ">between";
  }
  EXPECT_EQ(read_all(outbox), expected);
}

}  // namespace
}  // namespace penstock::server
