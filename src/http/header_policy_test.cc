// SPDX-License-Identifier: MIT
#include "http/header_policy.h"

#include <gtest/gtest.h>

namespace penstock::http {
namespace {

FieldPolicy policy_of(std::string_view name) {
  return request_field_policy(name, identify_field(name));
}

TEST(HeaderPolicy, KeepsWhatApplicationsRead) {
  for (const std::string_view name :
       {"Host", "Cookie", "Expect", "Date", "Server", "X-Forwarded-For", "X-Forwarded-Proto",
        "Accept", "User-Agent", "Proxy-Authorization", "Authorization", "x"})
    EXPECT_EQ(policy_of(name), FieldPolicy::Keep) << name;
}

TEST(HeaderPolicy, DropsWhatTheServerUsedUp) {
  for (const std::string_view name :
       {"Connection", "Keep-Alive", "Proxy-Connection", "TE", "Trailer", "Transfer-Encoding",
        "Upgrade", "Content-Length", "Content-Type"})
    EXPECT_EQ(policy_of(name), FieldPolicy::Drop) << name;
}

TEST(HeaderPolicy, DropsWhatCouldPassForAnother) {
  for (const std::string_view name : {"Proxy", "proxy", "X_Real_IP", "_", "Content_Length",
                                      "Transfer_Encoding", "X-Forwarded_For", "_x", "x_"})
    EXPECT_EQ(policy_of(name), FieldPolicy::Drop) << name;
}

TEST(HeaderPolicy, RefusesTrailersThatBelongIntoAHead) {
  for (const std::string_view name : {"Content-Length", "Transfer-Encoding", "Host", "Connection",
                                      "Content-Type", "Trailer", "TE", "Expect", "Cookie"})
    EXPECT_FALSE(may_be_trailer(identify_field(name))) << name;
  for (const std::string_view name : {"Digest", "Server-Timing", "Date", "X-Checksum"})
    EXPECT_TRUE(may_be_trailer(identify_field(name))) << name;
}

}  // namespace
}  // namespace penstock::http
