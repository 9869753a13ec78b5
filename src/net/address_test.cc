// SPDX-License-Identifier: MIT
#include "net/address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

#include <array>
#include <cstring>

#include "base/fd.h"

namespace penstock::net {
namespace {

using testing::HasSubstr;

struct Case {
  std::string_view text;
  int family;
  std::string_view host;
  int port;
  std::string_view path;
  std::string_view written;  // what text() gives
};

TEST(Address, ReadsEverySpellingAndWritesOneThatItReadsAgain) {
  const Case cases[] = {
      {"127.0.0.1:80", AF_INET, "127.0.0.1", 80, "", "127.0.0.1:80"},
      {"0.0.0.0:65535", AF_INET, "0.0.0.0", 65535, "", "0.0.0.0:65535"},
      {":9090", AF_INET, "0.0.0.0", 9090, "", "0.0.0.0:9090"},
      {":0", AF_INET, "0.0.0.0", 0, "", "0.0.0.0:0"},
      {"127.1:80", AF_INET, "127.0.0.1", 80, "", "127.0.0.1:80"},  // by the resolver
      {"[::1]:80", AF_INET6, "::1", 80, "", "[::1]:80"},
      {"[::]:0", AF_INET6, "::", 0, "", "[::]:0"},
      {"[2001:DB8::5]:443", AF_INET6, "2001:db8::5", 443, "", "[2001:db8::5]:443"},
      {"[::ffff:127.0.0.1]:80", AF_INET6, "127.0.0.1", 80, "", "[::ffff:127.0.0.1]:80"},
      {"[fe80::1%1]:80", AF_INET6, "fe80::1", 80, "", "[fe80::1%1]:80"},
      {"/run/x.sock", AF_UNIX, "", 0, "/run/x.sock", "/run/x.sock"},
      {"./x.sock", AF_UNIX, "", 0, "./x.sock", "./x.sock"},
      {"run/a:b", AF_UNIX, "", 0, "run/a:b", "run/a:b"},
      {"x.sock", AF_UNIX, "", 0, "x.sock", "x.sock"},
      {"unix:/run/x.sock", AF_UNIX, "", 0, "/run/x.sock", "/run/x.sock"},
      {"unix:8080", AF_UNIX, "", 0, "8080", "unix:8080"},
      {"@abstract", AF_UNIX, "", 0, "", "@abstract"},
      {"@a/b:c", AF_UNIX, "", 0, "", "@a/b:c"},
      {"unix:@abstract", AF_UNIX, "", 0, "", "@abstract"},
  };
  for (const Case& each : cases) {
    SCOPED_TRACE(each.text);
    const auto address = Address::parse(each.text);
    ASSERT_TRUE(address) << address.error().what;
    EXPECT_EQ(address->family(), each.family);
    EXPECT_EQ(address->is_unix(), each.family == AF_UNIX);
    EXPECT_EQ(address->host(), each.host);
    EXPECT_EQ(address->port(), each.port);
    EXPECT_EQ(address->path(), each.path);
    EXPECT_EQ(address->text(), each.written);

    const auto again = Address::parse(address->text());
    ASSERT_TRUE(again) << again.error().what;
    ASSERT_EQ(again->size(), address->size());
    EXPECT_EQ(std::memcmp(again->raw(), address->raw(), address->size()), 0);
  }
}

TEST(Address, RefusesWhatIsNoneAndSaysWhy) {
  const std::pair<std::string, std::string> cases[] = {
      {"", "empty"},
      {"8080", "has no port: give '8080:port' or ':8080'"},
      {"127.0.0.1", "has no port"},
      {"localhost:", "no port from 0 to 65535"},
      {"localhost:http", "no port from 0 to 65535"},
      {":65536", "no port from 0 to 65535"},
      {":-1", "no port from 0 to 65535"},
      {"::1:80", "needs brackets"},
      {"[::1]", "no port from 0 to 65535"},
      {"[::1]x:80", "needs brackets"},
      {"[]:80", "no IPv6 address in its brackets"},
      {"[127.0.0.1]:80", "no IPv6 address in its brackets"},
      {"[::g]:80", "cannot be found"},
      {"192.168.*:80", "has a '*'"},
      {"*:80", "':port' for all"},
      {std::string(300, 'a') + ":80", "cannot be found"},
      {"http://127.0.0.1:80", "scheme"},
      {"fd://3", "scheme"},
      {"=0", "shared socket"},
      {"@", "names no socket"},
      {"unix:", "names no socket"},
      {"/" + std::string(107, 'x'), "too long for a UNIX socket: it may have 107 bytes"},
      {"@" + std::string(108, 'x'), "too long"},
      {std::string("/run/x\0y", 8), "zero byte"},
  };
  for (const auto& [text, why] : cases) {
    SCOPED_TRACE(text);
    const auto address = Address::parse(text);
    ASSERT_FALSE(address) << address->text();
    EXPECT_THAT(address.error().what, HasSubstr(why));
    EXPECT_THAT(address.error().what, HasSubstr(text.c_str()));
  }
}

TEST(Address, TakesUnixNamesUpToTheKernelsLimit) {
  const std::string path = "/" + std::string(106, 'x');
  const auto file = Address::parse(path);
  ASSERT_TRUE(file);
  EXPECT_EQ(file->path(), path);
  const std::string name = "@" + std::string(107, 'x');
  const auto abstract = Address::parse(name);
  ASSERT_TRUE(abstract);
  EXPECT_EQ(abstract->text(), name);
}

TEST(Address, AsksASocketForItsEnds) {
  const Fd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const auto any_port = Address::parse("127.0.0.1:0");
  ASSERT_TRUE(any_port);
  ASSERT_EQ(::bind(listener.get(), any_port->raw(), any_port->size()), 0);
  ASSERT_EQ(::listen(listener.get(), 1), 0);
  const auto bound = Address::local(listener.get());
  ASSERT_TRUE(bound);
  EXPECT_GT(bound->port(), 0);

  const Fd client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(::connect(client.get(), bound->raw(), bound->size()), 0);
  const auto peer = Address::peer(client.get());
  ASSERT_TRUE(peer);
  EXPECT_EQ(peer->text(), bound->text());

  EXPECT_FALSE(Address::peer(listener.get()));
  EXPECT_FALSE(Address::local(-1));
}

TEST(Address, HasNoNameForAUnixSocketThatIsNotBound) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
  const Fd near(ends[0]);
  const Fd far(ends[1]);
  const auto peer = Address::peer(near.get());
  ASSERT_TRUE(peer);
  EXPECT_TRUE(peer->is_unix());
  EXPECT_EQ(peer->text(), "unix:");
  EXPECT_EQ(peer->path() + peer->host(), "");
  EXPECT_EQ(peer->port(), 0);
}

TEST(Address, IsEmptyUntilItIsSet) {
  const Address none;
  EXPECT_EQ(none.text() + none.host() + none.path(), "");
  EXPECT_EQ(none.port(), 0);
}

}  // namespace
}  // namespace penstock::net
