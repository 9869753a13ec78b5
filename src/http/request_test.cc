// SPDX-License-Identifier: MIT
#include "http/request.h"

#include <gtest/gtest.h>

namespace penstock::http {
namespace {

/// Calls `visit` with every member. A new member does not compile until it is named here.
template <class Visit>
void for_each_member(Request& request, Visit visit) {
  auto& [method, target, path, query, script_name, protocol, scheme, host, server_name, server_port,
         remote_address, remote_port, remote_user, content_type, has_content_type, head_request,
         keep_alive, expect_continue, chunked, trusted, version, content_length, fields, variables,
         variable_count, packet_size, storage] = request;
  const auto visit_all = [&](auto&... members) { (visit(members), ...); };
  visit_all(method, target, path, query, script_name, protocol, scheme, host, server_name,
            server_port, remote_address, remote_port, remote_user, content_type, has_content_type,
            head_request, keep_alive, expect_continue, chunked, trusted, version, content_length,
            fields, variables, variable_count, packet_size, storage);
}

struct Fill {
  void operator()(std::string_view& member) const { member = "filled"; }
  void operator()(bool& member) const { member = true; }
  void operator()(Version& member) const { member = Version::Http10; }
  void operator()(std::optional<std::uint64_t>& member) const { member = 1; }
  void operator()(std::uint32_t& member) const { member = 1; }
  void operator()(std::string& member) const { member.assign(100, 'x'); }
  template <class T>
  void operator()(std::vector<T>& member) const {
    member.resize(10);
  }
};

struct ExpectClean {
  void operator()(const std::string_view& member) const { EXPECT_EQ(member.data(), nullptr); }
  void operator()(const bool& member) const { EXPECT_FALSE(member); }
  void operator()(const Version& member) const { EXPECT_EQ(member, Version::Http11); }
  void operator()(const std::optional<std::uint64_t>& member) const { EXPECT_FALSE(member); }
  void operator()(const std::uint32_t& member) const { EXPECT_EQ(member, 0u); }
  void operator()(const std::string& member) const {
    EXPECT_EQ(member, "");
    EXPECT_GE(member.capacity(), 100u);
  }
  template <class T>
  void operator()(const std::vector<T>& member) const {
    EXPECT_TRUE(member.empty());
    EXPECT_GE(member.capacity(), 10u);
  }
};

TEST(Request, ResetGivesACleanObjectThatKeepsItsCapacity) {
  Request request;
  for_each_member(request, Fill{});
  request.reset();
  for_each_member(request, ExpectClean{});
}

TEST(Request, ResetGivesBackWhatOneHugeRequestTook) {
  Request request;
  request.fields.resize(5000);
  request.variables.resize(5000);
  request.storage = std::string(60000, 'x');
  request.reset();
  EXPECT_LT(request.fields.capacity(), 300u);
  EXPECT_LT(request.variables.capacity(), 300u);
  EXPECT_LT(request.storage.capacity(), 5000u);
}

}  // namespace
}  // namespace penstock::http
