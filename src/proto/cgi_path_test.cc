// SPDX-License-Identifier: MIT
#include "proto/cgi_path.h"

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <string_view>

namespace penstock::proto {
namespace {

using namespace std::literals;

struct Settled {
  std::string script_name;
  std::string path_info;
  std::string wrong;
  friend bool operator==(const Settled&, const Settled&) = default;
};

std::ostream& operator<<(std::ostream& out, const Settled& settled) {
  return out << '[' << settled.script_name << "][" << settled.path_info << "] " << settled.wrong;
}

Settled settle(CgiPath path, PathInfo path_info = PathInfo::FollowsScriptName) {
  std::string storage;
  storage.reserve(path.target.size() + path.script_filename.size() + 1);
  const char* const before = storage.data();
  const std::string_view wrong = settle_path(path, path_info, storage);
  EXPECT_EQ(storage.data(), before) << "the storage must not move";
  if (!wrong.empty()) return {"", "", std::string(wrong)};
  return {std::string(path.script_name), std::string(path.path_info), ""};
}

CgiPath with_path_info(std::string_view script_name, std::string_view path_info) {
  return {.script_name = script_name,
          .path_info = path_info,
          .has_path_info = true,
          .target = {},
          .document_uri = {},
          .script_filename = {}};
}

CgiPath without_path_info(std::string_view script_name, std::string_view target,
                          std::string_view document_uri = {},
                          std::string_view script_filename = {}) {
  return {.script_name = script_name,
          .path_info = {},
          .has_path_info = false,
          .target = target,
          .document_uri = document_uri,
          .script_filename = script_filename};
}

TEST(SettlePath, TakesPathInfoAsItIs) {
  EXPECT_EQ(settle(with_path_info("", "/a b/%41")), (Settled{"", "/a b/%41", ""}));
  EXPECT_EQ(settle(with_path_info("/app", "/x")), (Settled{"/app", "/x", ""}));
  EXPECT_EQ(settle(with_path_info("/app", "")), (Settled{"/app", "", ""}));
  EXPECT_EQ(settle(with_path_info("", "*")), (Settled{"", "*", ""}));
  EXPECT_EQ(settle(with_path_info("", "//x")), (Settled{"", "//x", ""}));
}

// mod_proxy_uwsgi sends SCRIPT_NAME=/mnt/ with PATH_INFO=/ for the address /mnt/.
TEST(SettlePath, LetsNoScriptNameEndInASlash) {
  EXPECT_EQ(settle(with_path_info("/", "/x")), (Settled{"", "/x", ""}));
  EXPECT_EQ(settle(with_path_info("/mnt/", "/")), (Settled{"/mnt", "/", ""}));
  EXPECT_EQ(settle(with_path_info("/", "")), (Settled{"", "/", ""}));
  EXPECT_EQ(settle(without_path_info("/mnt/", "/mnt/x")), (Settled{"/mnt", "/x", ""}));
}

TEST(SettlePath, GivesTheRootWhereBothAreEmpty) {
  EXPECT_EQ(settle(with_path_info("", "")), (Settled{"", "/", ""}));
}

TEST(SettlePath, DecodesTheTargetWherePathInfoIsMissing) {
  EXPECT_EQ(settle(without_path_info("", "/a%20b/c?x=%41")), (Settled{"", "/a b/c", ""}));
  EXPECT_EQ(settle(without_path_info("", "*")), (Settled{"", "*", ""}));
  EXPECT_EQ(settle(without_path_info("", "http://host/p%2Fq?x")), (Settled{"", "/p/q", ""}));
  EXPECT_EQ(settle(without_path_info("", "http://host")), (Settled{"", "/", ""}));
  EXPECT_EQ(settle(without_path_info("", "/?http://host/p")), (Settled{"", "/", ""}));
  CgiPath empty_path_info = without_path_info("", "/a?b");
  empty_path_info.has_path_info = true;
  EXPECT_EQ(settle(empty_path_info), (Settled{"", "/a", ""}));
}

TEST(SettlePath, TakesTheScriptNameOffTheTarget) {
  EXPECT_EQ(settle(without_path_info("/app", "/app/x?y")), (Settled{"/app", "/x", ""}));
  EXPECT_EQ(settle(without_path_info("/app", "/app?y")), (Settled{"/app", "", ""}));
  EXPECT_EQ(settle(without_path_info("/a b", "/a%20b/x")), (Settled{"/a b", "/x", ""}));
  EXPECT_EQ(settle(without_path_info("/app", "")), (Settled{"/app", "", ""}));
}

TEST(SettlePath, KeepsTheAddressOfARewrittenRequest) {
  EXPECT_EQ(settle(without_path_info("/index.fcgi", "/blog/1")),
            (Settled{"/index.fcgi", "/blog/1", ""}));
  EXPECT_EQ(settle(without_path_info("/app", "/apple")), (Settled{"/app", "/apple", ""}));
}

// fastcgi_params: SCRIPT_NAME $fastcgi_script_name; DOCUMENT_URI $document_uri; no PATH_INFO.
TEST(SettlePath, ReadsNginxStockParametersAsOnePath) {
  EXPECT_EQ(settle(without_path_info("/fcgi/a b", "/fcgi/a%20b?x=1", "/fcgi/a b")),
            (Settled{"", "/fcgi/a b", ""}));
  EXPECT_EQ(settle(without_path_info("", "/x/../a%20b", "/a b")), (Settled{"", "/a b", ""}));
}

TEST(SettlePath, FindsTheMountOfApachesProxyModules) {
  EXPECT_EQ(settle(without_path_info("/fcgi/a b", "/fcgi/a%20b", "", "proxy:fcgi://f/a%20b")),
            (Settled{"/fcgi", "/a b", ""}));
  EXPECT_EQ(settle(without_path_info("/fcgi/", "/fcgi/", "", "proxy:fcgi://127.0.0.1:9000/")),
            (Settled{"/fcgi", "/", ""}));
  EXPECT_EQ(settle(without_path_info("/x", "/x", "", "proxy:scgi://s//x")),
            (Settled{"", "/x", ""}));
  EXPECT_EQ(settle(without_path_info("/x", "/x", "", "proxy:fcgi://f/other/y")),
            (Settled{"", "/x", ""}))
      << "a mapping that is no prefix";
  EXPECT_EQ(settle(without_path_info("/x/y", "/x/y", "", "proxy:fcgi://f/%zz")),
            (Settled{"/x/y", "", ""}));
}

TEST(SettlePath, StripsTheScriptNameWhereThePathHoldsIt) {
  const auto strip = [](std::string_view script_name, std::string_view path) {
    return settle(with_path_info(script_name, path), PathInfo::HoldsScriptName);
  };
  EXPECT_EQ(strip("/app", "/app/x"), (Settled{"/app", "/x", ""}));
  EXPECT_EQ(strip("/app", "/app"), (Settled{"/app", "", ""}));
  EXPECT_EQ(strip("/app/", "/app/x"), (Settled{"/app", "/x", ""}));
  EXPECT_EQ(strip("/app", "/apple"), (Settled{"/app", "/apple", ""}));
  EXPECT_EQ(strip("", "/app"), (Settled{"", "/app", ""}));
  EXPECT_EQ(settle(with_path_info("/app", "/app/x")), (Settled{"/app", "/app/x", ""}));
  EXPECT_EQ(settle(without_path_info("/a", "/a/a/x"), PathInfo::HoldsScriptName),
            (Settled{"/a", "/a/x", ""}))
      << "not twice";
}

TEST(SettlePath, SaysWhatIsWrong) {
  EXPECT_EQ(settle(without_path_info("", "")).wrong, "neither PATH_INFO nor REQUEST_URI was sent");
  EXPECT_EQ(settle(without_path_info("", "/%g0")).wrong, "REQUEST_URI has a bad percent escape");
  EXPECT_EQ(settle(without_path_info("", "/%00")).wrong, "REQUEST_URI has a bad percent escape");
  EXPECT_EQ(settle(with_path_info("", "x")).wrong, "PATH_INFO does not begin with a slash");
  EXPECT_EQ(settle(without_path_info("", "x")).wrong, "PATH_INFO does not begin with a slash");
  EXPECT_EQ(settle(with_path_info("app", "/x")).wrong, "SCRIPT_NAME does not begin with a slash");
  EXPECT_EQ(settle(with_path_info("", "/a\0b"sv)).wrong, "the path has a NUL byte");
  EXPECT_EQ(settle(with_path_info("/a\0b"sv, "/x")).wrong, "the path has a NUL byte");
}

TEST(AppendTarget, EncodesWhatAUriCannotHold) {
  std::string out = "x";
  append_target(out, with_path_info("/a b", "/c?d%e/\xc3\xa4;p=1,2"), "q=%20&r");
  EXPECT_EQ(out, "x/a%20b/c%3Fd%25e/%C3%A4;p=1,2?q=%20&r");
}

TEST(AppendTarget, WritesNoQuestionMarkForAnEmptyQuery) {
  std::string out;
  append_target(out, with_path_info("", "*"), "");
  EXPECT_EQ(out, "*");
}

}  // namespace
}  // namespace penstock::proto
