// SPDX-License-Identifier: MIT
#include "load/request.h"

#include <gtest/gtest.h>

namespace penstock::bench {
namespace {

TEST(Request, IsAPlainHttpRequest) {
  EXPECT_EQ(encode_request(Protocol::Http, {}),
            "GET / HTTP/1.1\r\nHost: localhost:8000\r\nUser-Agent: bench/1\r\nAccept: */*\r\n\r\n");
}

TEST(Request, SaysTheLengthOfItsBody) {
  RequestOptions options;
  options.method = "POST";
  options.body_bytes = 3;
  const std::string bytes = encode_request(Protocol::Http, options);
  EXPECT_NE(bytes.find("Content-Length: 3\r\n"), bytes.npos);
  EXPECT_TRUE(bytes.ends_with("\r\n\r\nxxx"));
}

TEST(Request, HasTheSizeOfItsVariablesInAUwsgiPacket) {
  RequestOptions options;
  options.target = "/a?b=c";
  const std::string bytes = encode_request(Protocol::Uwsgi, options);
  ASSERT_GT(bytes.size(), 4U);
  const auto byte = [&](std::size_t at) {
    return static_cast<std::size_t>(static_cast<unsigned char>(bytes[at]));
  };
  EXPECT_EQ(byte(0), 0U);
  EXPECT_EQ(byte(1) | byte(2) << 8, bytes.size() - 4);
  const std::string path("\x09\0PATH_INFO\x02\0/a", 15);
  EXPECT_NE(bytes.find(path), bytes.npos);
  const std::string query("\x0c\0QUERY_STRING\x03\0b=c", 19);
  EXPECT_NE(bytes.find(query), bytes.npos);
  EXPECT_NE(bytes.find("HTTP_USER_AGENT"), bytes.npos);
}

TEST(Request, KnowsItsProtocols) {
  EXPECT_EQ(protocol_named("uwsgi"), Protocol::Uwsgi);
  EXPECT_EQ(protocol_named("gopher"), std::nullopt);
}

}  // namespace
}  // namespace penstock::bench
