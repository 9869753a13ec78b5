// SPDX-License-Identifier: MIT
#include "base/fd.h"

#include <fcntl.h>
#include <gtest/gtest.h>

namespace penstock {
namespace {

Fd open_null() {
  return Fd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
}
bool is_open(int fd) {
  return ::fcntl(fd, F_GETFD) >= 0;
}

TEST(Fd, ClosesWhatItOwnsAndOnlyThat) {
  int raw = -1;
  {
    const Fd fd = open_null();
    ASSERT_TRUE(fd);
    raw = fd.get();
    EXPECT_TRUE(is_open(raw));
  }
  EXPECT_FALSE(is_open(raw));
  EXPECT_FALSE(Fd());
}

TEST(Fd, GivesItsDescriptorAwayWhenItIsMovedOrReleased) {
  Fd first = open_null();
  const int raw = first.get();
  Fd second(std::move(first));
  EXPECT_EQ(second.get(), raw);
  EXPECT_FALSE(first);  // NOLINT(bugprone-use-after-move): what a move leaves is the subject
  const Fd third(second.release());
  EXPECT_FALSE(second);
  EXPECT_TRUE(is_open(raw));
}

TEST(Fd, ClosesTheOldOneWhenItGetsANewOne) {
  Fd fd = open_null();
  const int old = fd.get();
  Fd other = open_null();
  const int kept = other.get();
  fd = std::move(other);
  EXPECT_FALSE(is_open(old));
  EXPECT_EQ(fd.get(), kept);
  fd.reset();
  EXPECT_FALSE(is_open(kept));
}

TEST(Fd, SurvivesBeingMovedToItself) {
  Fd fd = open_null();
  const int raw = fd.get();
  Fd& same = fd;
  fd = std::move(same);
  EXPECT_EQ(fd.get(), raw);
  EXPECT_TRUE(is_open(raw));
}

}  // namespace
}  // namespace penstock
