// SPDX-License-Identifier: MIT
#include "server/gather.h"

#include <gtest/gtest.h>

namespace penstock::server {
namespace {

std::string text(std::span<const iovec> parts) {
  std::string all;
  for (const iovec& part : parts)
    all.append(static_cast<const char*>(part.iov_base), part.iov_len);
  return all;
}

TEST(Gather, JoinsWhatIsShort) {
  Gather gather;
  gather.own() += "head";
  gather.add("body");
  gather.own() += "end";
  const auto parts = gather.parts();
  EXPECT_EQ(parts.size(), 1U);
  EXPECT_EQ(text(parts), "headbodyend");
}

TEST(Gather, LeavesLongPartsWhereTheyAre) {
  const std::string longer(100'000, 'x');
  Gather gather;
  gather.own() += "5\r\n";
  gather.add(longer);
  gather.own() += "\r\n";
  gather.add("short");
  gather.add(longer);
  gather.add(longer);
  const auto parts = gather.parts();
  ASSERT_EQ(parts.size(), 5U);
  EXPECT_EQ(parts[1].iov_base, longer.data());
  EXPECT_EQ(parts[3].iov_base, longer.data());
  EXPECT_EQ(text(parts), "5\r\n" + longer + "\r\nshort" + longer + longer);
}

TEST(Gather, IsEmptyOnceCleared) {
  Gather gather;
  EXPECT_TRUE(gather.parts().empty());
  gather.own() += "first";
  EXPECT_EQ(text(gather.parts()), "first");
  gather.clear();
  EXPECT_TRUE(gather.parts().empty());
  gather.add("second");
  EXPECT_EQ(text(gather.parts()), "second");
}

}  // namespace
}  // namespace penstock::server
