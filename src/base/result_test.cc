// SPDX-License-Identifier: MIT
#include "base/result.h"

#include <gtest/gtest.h>

#include <memory>

namespace penstock {
namespace {

Result<int> half(int number) {
  if (number % 2 != 0) return fail("odd");
  return number / 2;
}

Result<int> quarter(int number) {
  const int first = TRY(half(number));
  const int second = TRY(half(first));
  return second;
}

Result<> check_even(int number) {
  TRY(half(number));
  return {};
}

Result<std::unique_ptr<int>> box(int number) {
  auto boxed = TRY(Result<std::unique_ptr<int>>(std::make_unique<int>(number)));
  TRY(check_even(*boxed));
  return boxed;
}

TEST(Result, PassesValuesOnAndErrorsUp) {
  EXPECT_EQ(quarter(12), 3);
  ASSERT_FALSE(quarter(6));
  EXPECT_EQ(quarter(6).error().what, "odd");
  EXPECT_EQ(quarter(6).error().code, 0);
  EXPECT_TRUE(check_even(2));
  EXPECT_FALSE(check_even(3));
}

TEST(Result, CarriesValuesThatCanOnlyBeMoved) {
  const auto boxed = box(4);
  ASSERT_TRUE(boxed);
  EXPECT_EQ(**boxed, 4);
  EXPECT_FALSE(box(5));
}

TEST(Error, SaysWhatTheSystemSaidAndAboutWhat) {
  const auto made = [](auto error) -> Result<> { return error; };
  errno = ENOENT;
  EXPECT_EQ(made(os_error("open")).error().what, "open: No such file or directory");
  EXPECT_EQ(made(os_error("open", EACCES)).error().code, EACCES);
  EXPECT_EQ(made(os_error_about("/x", "open", EACCES)).error().what, "/x: open: Permission denied");
  EXPECT_EQ((Error{"gone", 0}.about("it").what), "it: gone");
}

}  // namespace
}  // namespace penstock
