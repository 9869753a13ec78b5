// SPDX-License-Identifier: MIT
#include "config/toml.h"

#include <gtest/gtest.h>

#include "config/test_support.h"

namespace penstock::config {
namespace {

Rows read(std::string_view text) {
  return rows(parse_toml(text));
}

Rows error(const std::string& what, int line) {
  return {{what, "error", line}};
}

TEST(Toml, ReadsSocketsAndTheAppInTheOrderOfLines) {
  EXPECT_EQ(read("threads = 2\n"
                 "\n"
                 "[[listen]]\n"
                 "http = \"0.0.0.0:80\"\n"
                 "keepalive_timeout = \"65s\"\n"
                 "[[listen]]\n"
                 "uwsgi = \"/run/site.sock\"\n"
                 "chmod_socket = \"660\"\n"
                 "\n"
                 "[app.blog]\n"
                 "module = \"myapp1:application\"\n"
                 "home = \"/var/www/myenv\"\n"
                 "processes = 4\n"
                 "lazy_apps = true\n"
                 "pythonpath = [\"a\", \"b\"]\n"
                 "env = { A = \"1\", B = 2 }\n"),
            (Rows{{"threads", "2", 1},
                  {"http-socket", "0.0.0.0:80", 4},
                  {"keepalive-timeout", "65s", 5},
                  {"uwsgi-socket", "/run/site.sock", 7},
                  {"chmod-socket", "660", 8},
                  {"module", "myapp1:application", 11},
                  {"virtualenv", "/var/www/myenv", 12},
                  {"processes", "4", 13},
                  {"lazy-apps", "true", 14},
                  {"pythonpath", "a", 15},
                  {"pythonpath", "b", 15},
                  {"env", "A=1", 16},
                  {"env", "B=2", 16}}));
}

TEST(Toml, ReadsNothingOutOfNothing) {
  EXPECT_EQ(read(""), Rows{});
  EXPECT_EQ(read("# a comment\n[app.blog]\n"), Rows{});
}

TEST(Toml, RefusesUnknownKeysAndNamesTheNearest) {
  EXPECT_EQ(read("[app.blog]\n\nproceses = 4\n"),
            error("proceses: no such key in [app.blog]; did you mean processes?", 3));
  EXPECT_EQ(read("[app.blog]\nlazy-apps = true\n"),
            error("lazy-apps: no such key in [app.blog]; did you mean lazy_apps?", 2));
  EXPECT_EQ(read("[[listen]]\nhttp = \":80\"\nprocesses = 4\n"),
            error("processes: no such key in [[listen]]", 3));
  EXPECT_EQ(read("module = \"app\"\n"), error("module: no such key in the server's part", 1));
  EXPECT_EQ(read("[app.blog]\nchmod_socket = 660\n").at(0),
            error("chmod_socket: no such key in [app.blog]", 2).at(0));
  for (const std::string_view key : {"socket", "ini", "if_env", "help", "master", "protocol"})
    EXPECT_EQ(std::get<1>(read(std::string(key) + " = 1\n").at(0)), "error") << key;
}

TEST(Toml, SaysWhichTablesComeLater) {
  EXPECT_EQ(read("[upstream.backend]\nservers = [\"a\"]\n"),
            error("upstream: this version has no such tables yet", 1));
  EXPECT_EQ(read("\n[program.message]\ncommand = \"x\"\n"),
            error("program: this version has no such tables yet", 2));
  EXPECT_EQ(read("[[route]]\npath = \"/\"\n"),
            error("route: this version has no such tables yet", 1));
  EXPECT_EQ(read("[apps.blog]\n"),
            error("apps: no such table; the tables are [[listen]] and [app.NAME]", 1));
  EXPECT_EQ(read("[app.a]\nmodule = \"a\"\n[app.b]\nmodule = \"b\"\n"),
            error("[app.b]: a second app; this version runs one", 3));
}

TEST(Toml, WantsTablesInTheirShape) {
  EXPECT_EQ(read("[listen]\nhttp = \":80\"\n"), error("listen: is written [[listen]]", 1));
  EXPECT_EQ(read("listen = []\n"), error("listen: is written [[listen]]", 1));
  EXPECT_EQ(read("[[app]]\n"), error("app: is written [app.NAME]", 1));
  EXPECT_EQ(read("[app]\nmodule = \"a\"\n"),
            error("app.module: a table is missing; write [app.NAME]", 2));
  constexpr const char* kOneAddress =
      "[[listen]]: expected one address, such as http = \"127.0.0.1:8000\"";
  EXPECT_EQ(read("[[listen]]\nbacklog = 5\n").size(), 1U);
  EXPECT_EQ(read("[[listen]]\n"), error(kOneAddress, 1));
  EXPECT_EQ(read("[[listen]]\nhttp = \":80\"\nuwsgi = \":81\"\n"), error(kOneAddress, 1));
  EXPECT_EQ(read("[[listen]]\nhttp = 80\n"), error("http: expected an address in quotes", 2));
}

TEST(Toml, WantsPlainValues) {
  EXPECT_EQ(read("[app.a]\nprocesses = [1, 2]\n"), error("processes: expected a value", 2));
  EXPECT_EQ(read("[app.a]\npythonpath = [[]]\n"),
            error("pythonpath: expected a value or an array of values", 2));
  EXPECT_EQ(read("[app.a]\nmodule = 1979-05-27\n"), error("module: expected a value", 2));
  EXPECT_EQ(read("[app.a.env]\nA = []\n"), error("env.A: expected a text", 2));
  EXPECT_EQ(read("[app.a]\nprocesses = 0x10\n"), (Rows{{"processes", "16", 2}}));
}

TEST(Toml, HidesNoValueBehindAnother) {
  constexpr std::string_view kSame =
      "[[listen]]\nhttp = \":1\"\nlisten = 9\n[[listen]]\nhttp = \":2\"\nlisten = 9\n";
  EXPECT_EQ(read(kSame).size(), 4U);
  EXPECT_EQ(read("[[listen]]\nhttp = \":1\"\nlisten = 9\n[[listen]]\nhttp = \":2\"\nlisten = 8\n"),
            error("listen: has another value in line 3, and there is one for the whole server", 6));
}

TEST(Toml, SaysWhereItIsBroken) {
  const Rows found = read("threads = 2\n[app.blog\n");
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(std::get<1>(found[0]), "error");
  EXPECT_EQ(std::get<2>(found[0]), 2);
  for (const std::string_view text : {"[", "[\n", "[a.\n]", "[[\n]]", "[a]\n[\nb = 1\n"})
    EXPECT_EQ(std::get<1>(read(text).at(0)), "error") << text;
}

}  // namespace
}  // namespace penstock::config
