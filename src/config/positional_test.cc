// SPDX-License-Identifier: MIT
#include "config/positional.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "config/test_support.h"

namespace penstock::config {
namespace {

Pairs read(std::string_view argument) {
  const auto settings = read_positional(argument);
  return settings ? pairs_of(*settings) : Pairs{{"error", settings.error().what}};
}

TEST(Positional, TakesFilesForFiles) {
  EXPECT_EQ(read("app.py"), (Pairs{{"wsgi-file", "app.py"}}));
  EXPECT_EQ(read("/srv/x/app.py"), (Pairs{{"wsgi-file", "/srv/x/app.py"}}));
  EXPECT_EQ(read("app.wsgi"), (Pairs{{"wsgi-file", "app.wsgi"}}));
  EXPECT_EQ(read("app.py:app"), (Pairs{{"wsgi-file", "app.py"}, {"callable", "app"}}));
  EXPECT_EQ(read("./a-b.wsgi:app"), (Pairs{{"wsgi-file", "./a-b.wsgi"}, {"callable", "app"}}));
}

TEST(Positional, TakesModulesForModules) {
  for (const std::string module :
       {"app:application", "pkg.mod:app", "pkg.mod:create()", "pkg.mod", "_x1.y:z", "модуль:app"})
    EXPECT_EQ(read(module), (Pairs{{"module", module}}));
}

TEST(Positional, TakesDjangosWsgiModuleForAModuleUnlessItIsAFile) {
  const std::string name = "positional_test_site.wsgi";
  EXPECT_EQ(read(name + ":application"), (Pairs{{"module", name + ":application"}}));
  EXPECT_EQ(read(name), (Pairs{{"wsgi-file", name}}));

  std::ofstream(name) << "application = None\n";
  const Pairs found = read(name + ":application");
  std::filesystem::remove(name);
  EXPECT_EQ(found, (Pairs{{"wsgi-file", name}, {"callable", "application"}}));
}

TEST(Positional, RefusesWhatIsNeither) {
  for (const std::string argument : {"app", "", "80", "9a.b", "a b", "a..b", ":80", "-M", "x/y:z"})
    EXPECT_EQ(
        error_of(read_positional(argument)),
        argument +
            ": neither an option, nor an app such as module:callable or app.py, nor a file of "
            "options such as site.ini (see --help)");
}

TEST(Positional, TakesFilesOfOptions) {
  EXPECT_EQ(read("site.ini"), (Pairs{{"ini", "site.ini"}}));
  EXPECT_EQ(read("/etc/site.ini:blog"), (Pairs{{"ini", "/etc/site.ini:blog"}}));
  EXPECT_EQ(read("a.yaml"), (Pairs{{"yaml", "a.yaml"}}));
  EXPECT_EQ(read("a.yml:blog"), (Pairs{{"yaml", "a.yml:blog"}}));
  EXPECT_EQ(read("a.json"), (Pairs{{"json", "a.json"}}));
  EXPECT_EQ(read("a.js"), (Pairs{{"json", "a.js"}}));
  EXPECT_EQ(read("a.xml:blog"), (Pairs{{"xml", "a.xml:blog"}}));
  EXPECT_EQ(read("penstock.toml"), (Pairs{{"toml", "penstock.toml"}}));
}

}  // namespace
}  // namespace penstock::config
