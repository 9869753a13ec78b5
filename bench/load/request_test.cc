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

TEST(Request, HasItsVariablesAndItsBodyInRecordsOfFastcgi) {
  RequestOptions options;
  options.method = "POST";
  options.body_bytes = 3;
  const std::string bytes = encode_request(Protocol::Fastcgi, options);
  const std::string begin("\1\1\0\1\0\x08\0\0\0\1\1\0\0\0\0\0", 16);  // a responder, kept
  ASSERT_TRUE(bytes.starts_with(begin + std::string("\1\4\0\1", 4)));
  EXPECT_NE(bytes.find("\x0e\4REQUEST_METHODPOST"), bytes.npos);
  EXPECT_NE(bytes.find("\x0e\1CONTENT_LENGTH3"), bytes.npos);
  const std::string params_end("\1\4\0\1\0\0\0\0", 8);
  const std::string body("\1\5\0\1\0\3\0\0xxx", 11);
  const std::string body_end("\1\5\0\1\0\0\0\0", 8);
  EXPECT_TRUE(bytes.ends_with(params_end + body + body_end));

  options.close = true;
  EXPECT_EQ(encode_request(Protocol::Fastcgi, options)[10], '\0');
}

TEST(Request, IsANetstringWithItsLengthFirstInScgi) {
  RequestOptions options;
  options.body_bytes = 3;
  const std::string bytes = encode_request(Protocol::Scgi, options);
  const std::size_t colon = bytes.find(':');
  ASSERT_NE(colon, bytes.npos);
  EXPECT_EQ(bytes.substr(colon + 1, 17), std::string("CONTENT_LENGTH\0"
                                                     "3\0",
                                                     17));
  EXPECT_TRUE(
      bytes.ends_with(std::string("SCGI\0"
                                  "1\0,xxx",
                                  11)));
  EXPECT_EQ(bytes.substr(0, colon), std::to_string(bytes.size() - colon - 1 - 4));
}

TEST(Request, IsTheSameInAllProtocols) {
  RequestOptions options;
  options.browser = true;
  for (const char* const name : {"http", "uwsgi", "fastcgi", "scgi"}) {
    SCOPED_TRACE(name);
    const auto protocol = protocol_named(name);
    ASSERT_TRUE(protocol);
    const std::string bytes = encode_request(*protocol, options);
    EXPECT_NE(bytes.find("csrftoken=abcdef"), bytes.npos);
    EXPECT_NE(bytes.find("www.example.com"), bytes.npos);
  }
}

TEST(Request, KnowsItsProtocols) {
  EXPECT_EQ(protocol_named("uwsgi"), Protocol::Uwsgi);
  EXPECT_EQ(protocol_named("gopher"), std::nullopt);
}

}  // namespace
}  // namespace penstock::bench
