// SPDX-License-Identifier: MIT
#include "http/error_page.h"

#include <gtest/gtest.h>

namespace penstock::http {
namespace {

TEST(ErrorPage, IsTheStatusAsALine) {
  EXPECT_EQ(error_page(404), "404 Not Found\n");
  EXPECT_EQ(error_page(599), "599 Unknown\n");
}

TEST(ErrorPage, StatusIsAppended) {
  std::string out = "HTTP/1.1 ";
  append_status(out, 503);
  EXPECT_EQ(out, "HTTP/1.1 503 Service Unavailable");
}

}  // namespace
}  // namespace penstock::http
