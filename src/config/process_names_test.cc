// SPDX-License-Identifier: MIT
#include "config/process_names.h"

#include <gtest/gtest.h>

namespace penstock::config {
namespace {

TEST(ProcessNames, StayWhereNothingIsAskedFor) {
  EXPECT_EQ(process_name({}, Role::Master), std::nullopt);
  EXPECT_EQ(process_name({}, Role::Worker, 1), std::nullopt);
}

TEST(ProcessNames, SayWhatAProcessDoes) {
  ProcessNamesConfig names;
  names.automatic = true;
  EXPECT_EQ(process_name(names, Role::Master), "penstock master");
  EXPECT_EQ(process_name(names, Role::Zygote), "penstock zygote");
  EXPECT_EQ(process_name(names, Role::Worker, 12), "penstock worker 12");
}

TEST(ProcessNames, GetWhatStandsBeforeAndAfter) {
  ProcessNamesConfig names;
  names.prefix = "blog ";
  names.suffix = " (test)";
  EXPECT_EQ(process_name(names, Role::Worker, 2), "blog penstock worker 2 (test)");
}

TEST(ProcessNames, AreThoseThatTheUserGives) {
  ProcessNamesConfig names;
  names.automatic = true;
  names.master = "the boss";
  EXPECT_EQ(process_name(names, Role::Master), "the boss");
  EXPECT_EQ(process_name(names, Role::Worker, 1), "penstock worker 1");
  names.all = "blog";
  EXPECT_EQ(process_name(names, Role::Master), "the boss");
  EXPECT_EQ(process_name(names, Role::Worker, 1), "blog");
}

}  // namespace
}  // namespace penstock::config
