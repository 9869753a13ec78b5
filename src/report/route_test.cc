// SPDX-License-Identifier: MIT
#include "report/route.h"

#include <gtest/gtest.h>

namespace penstock::report {
namespace {

std::string folded(std::string_view uri) {
  std::string out = "what was there before";
  fold_route("GET", uri, out);
  return out;
}

TEST(Route, FoldsIds) {
  EXPECT_EQ(folded("/"), "GET /");
  EXPECT_EQ(folded("/users/17/posts/4?tab=2#x"), "GET /users/<id>/posts/<id>");
  EXPECT_EQ(folded("/o/7f4df7a2-1e6b-4a6a-9f0e-0123456789ab/"), "GET /o/<id>/");
  EXPECT_EQ(folded("/static/app.3f9ab812.js"), "GET /static/app.3f9ab812.js");
  EXPECT_EQ(folded("/blob/d41d8cd98f00b204e9800998ecf8427e"), "GET /blob/<id>");
  EXPECT_EQ(folded("/t/eyJhbGciOiJIUzI1NiIsInR5cCI6"), "GET /t/<id>");
  EXPECT_EQ(folded("/users/17.json"), "GET /users/<id>.json");
  EXPECT_EQ(folded("http://example.org/users/17"), "GET /users/<id>");
  EXPECT_EQ(folded("http://example.org"), "GET /");
}

TEST(Route, LeavesWords) {
  EXPECT_EQ(folded("/api/v2/facade/2024-report/deadbeef"),
            "GET /api/v2/facade/2024-report/deadbeef");
  EXPECT_EQ(folded("/a-long-name-of-an-article-with-2-digits"),
            "GET /a-long-name-of-an-article-with-2-digits");
  EXPECT_EQ(folded(""), "GET ");
}

TEST(Route, IsShort) {
  EXPECT_EQ(folded("/" + std::string(1000, 'x')).size(), kLongestRoute);
}

}  // namespace
}  // namespace penstock::report
