// SPDX-License-Identifier: MIT
#include "config/magic.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <filesystem>

namespace penstock::config {
namespace {

std::string replaced(std::string_view text, std::string_view path = "/etc/uwsgi/apps/blog.site.ini",
                     std::string_view section = "") {
  const Magic magic = Magic::of(path, section);
  return magic.replace(text, Magic::of("/srv/first.yaml", "main"));
}

TEST(Magic, KnowsThePartsOfThePath) {
  EXPECT_EQ(replaced("%o|%p|%s|%d|%e|%n|%c"),
            "/etc/uwsgi/apps/blog.site.ini|/etc/uwsgi/apps/blog.site.ini|blog.site.ini|"
            "/etc/uwsgi/apps/|ini|blog.site|apps");
  EXPECT_EQ(replaced("%0|%1|%2|%3|%9"), "etc|uwsgi|apps||");
  EXPECT_EQ(replaced("%s|%n|%e|%d", "/plain"), "plain|plain||/");
}

TEST(Magic, MakesRelativePathsAbsolute) {
  const std::string here = std::filesystem::current_path().string();
  EXPECT_EQ(replaced("%o|%p|%d", "./x/../a.ini"), "./x/../a.ini|" + here + "/a.ini|" + here + "/");
}

TEST(Magic, TakesUpperCaseFromTheFirstFile) {
  EXPECT_EQ(replaced("%O|%P|%S|%D|%E|%N|%C|%X"),
            "/srv/first.yaml|/srv/first.yaml|first.yaml|/srv/|yaml|first|srv|main");
}

TEST(Magic, KnowsTheSectionThatWasAskedFor) {
  EXPECT_EQ(replaced("[%x]", "/a.ini", "blog"), "[blog]");
  EXPECT_EQ(replaced("[%x]", "/a.ini", ""), "[]");
}

TEST(Magic, KnowsNoPartsOfWhatIsNoFile) {
  EXPECT_EQ(replaced("%o|%p%s%d%e%n%c%i%j%0|%k", "-").substr(0, 3), "-||");
  EXPECT_EQ(replaced("%o|%p%s%d%e%n%c%i%j%9|", "fd://0"), "fd://0||");
}

TEST(Magic, KnowsTheSystem) {
  std::array<char, 256> host{};
  ::gethostname(host.data(), host.size() - 1);
  EXPECT_EQ(replaced("%h"), host.data());
  EXPECT_EQ(replaced("%v"), std::filesystem::current_path().string());
  EXPECT_EQ(replaced("%k"), std::to_string(::sysconf(_SC_NPROCESSORS_ONLN)));
  EXPECT_EQ(replaced("%u %g"), std::to_string(::getuid()) + " " + std::to_string(::getgid()));
  EXPECT_FALSE(replaced("%U").empty());
  EXPECT_FALSE(replaced("%G").empty());
  EXPECT_FALSE(replaced("%V").empty());
  EXPECT_EQ(replaced("%T").substr(0, 6), replaced("%t").substr(0, 6));
}

TEST(Magic, HashesThePathAsUwsgiDoes) {
  EXPECT_EQ(replaced("%j", "/tmp/t/o/f.ini"), "B17DA618");  // what uWSGI 2.0.21 says
  EXPECT_EQ(replaced("%j", "/tmp/t/o/a.x.ini"), "20F7ADAA");
}

TEST(Magic, LeavesAloneWhatIsNoVariable) {
  EXPECT_EQ(replaced("%(name) 100% % %y %"), "%(name) 100% % %y %");
  EXPECT_EQ(replaced("%%n 50%%"), "%n 50%");
  EXPECT_EQ(replaced("%[[31m"), "\x1b[31m");
  EXPECT_EQ(replaced("%\xc3\xa9 %\xff"), "%\xc3\xa9 %\xff");
  EXPECT_EQ(replaced(""), "");
}

}  // namespace
}  // namespace penstock::config
