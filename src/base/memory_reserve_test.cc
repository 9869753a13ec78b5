// SPDX-License-Identifier: MIT
#include "base/memory_reserve.h"

#include <gtest/gtest.h>

#include <new>

namespace penstock {
namespace {

TEST(MemoryReserve, IsGivenInPiecesAndFilledUpAgain) {
  const std::new_handler before = std::get_new_handler();
  memory_reserve::keep();
  const std::new_handler give = std::get_new_handler();
  ASSERT_NE(give, nullptr);
  const auto times_given = [give] {
    for (int times = 0;; ++times) {
      try {
        give();  // as `new` does when there is no memory
      } catch (const std::bad_alloc&) {
        return times;
      }
    }
  };
  EXPECT_EQ(times_given(), 16);
  EXPECT_EQ(times_given(), 0);
  memory_reserve::renew();
  EXPECT_EQ(times_given(), 16);
  std::set_new_handler(before);
}

}  // namespace
}  // namespace penstock
