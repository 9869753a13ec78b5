// SPDX-License-Identifier: MIT
#include "config/expand.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/fd.h"
#include "config/test_support.h"

namespace penstock::config {
namespace {

/// In a folder of its own, so that files have short names.
class Expand : public testing::Test {
 protected:
  Expand() {
    std::filesystem::create_directories(top_);
    std::filesystem::current_path(top_);
  }
  ~Expand() override {
    std::filesystem::current_path(before_);
    std::filesystem::remove_all(top_);
  }

  void write(const std::string& name, std::string_view text) { std::ofstream(name) << text; }

  /// The options that site.ini with this text comes down to.
  Pairs site(std::string_view text) {
    write("site.ini", text);
    return expanded({{"ini", "site.ini"}});
  }

  std::string site_error(std::string_view text) {
    write("site.ini", text);
    return error_of(expand(settings_of({{"ini", "site.ini"}})));
  }

  Pairs expanded(const Pairs& written, Start start = Start::First) {
    const auto settings = expand(settings_of(written), start);
    return settings ? pairs_of(*settings) : Pairs{{"error", settings.error().what}};
  }

  std::filesystem::path before_ = std::filesystem::current_path();
  std::filesystem::path top_ = new_folder();
};

TEST_F(Expand, LeavesPlainSettingsAsTheyAre) {
  const Pairs plain{{"socket", ":9090"}, {"master", "true"}, {"harakiri", "30"}};
  EXPECT_EQ(expanded(plain), plain);
}

TEST_F(Expand, ReadsFilesWhereTheyAreNamed) {
  write("a.ini", "[uwsgi]\nprocesses = 4\nhttp = :80\n");
  write("b.yaml", "uwsgi:\n  threads: 2\n");
  write("c.json", R"({"uwsgi": {"env": ["A=1", "B=2"]}})");
  EXPECT_EQ(expanded({{"processes", "1"},
                      {"ini", "a.ini"},
                      {"processes", "2"},
                      {"yaml", "b.yaml"},
                      {"json", "c.json"}}),
            (Pairs{{"processes", "1"},
                   {"processes", "4"},
                   {"http", ":80"},
                   {"processes", "2"},
                   {"threads", "2"},
                   {"env", "A=1"},
                   {"env", "B=2"}}));
}

TEST_F(Expand, KnowsFileAndLineOfEverySetting) {
  write("a.ini", "[uwsgi]\n\nprocesses = 4\n");
  write("c.json", R"({"uwsgi": {"threads": 2}})");
  const auto settings = expand(settings_of({{"ini", "a.ini"}, {"json", "c.json"}}));
  ASSERT_TRUE(settings) << settings.error().what;
  EXPECT_EQ((*settings)[0].origin, "a.ini:3");
  EXPECT_EQ((*settings)[1].origin, "c.json");
}

TEST_F(Expand, ReadsOtherSectionsAlsoOfTheSameFile) {
  EXPECT_EQ(site("[uwsgi]\nini = :blog\nthreads = 2\n[blog]\nprocesses = 4\nenv = S=%x\n"),
            (Pairs{{"processes", "4"}, {"env", "S=blog"}, {"threads", "2"}}));
  EXPECT_EQ(expanded({{"ini", "site.ini:blog"}}), (Pairs{{"processes", "4"}, {"env", "S=blog"}}));
}

TEST_F(Expand, IncludesFilesOfAnyKindAndInheritsAtTheEnd) {
  write("base.ini", "[uwsgi]\nprocesses = 4\nenv = N=%n%N\n");
  write("base.yml", "uwsgi:\n  threads: 8\n");
  EXPECT_EQ(
      site("[uwsgi]\ninherit = base.yml\ninclude = base.ini\nprocesses = 2\n"),
      (Pairs{{"processes", "4"}, {"env", "N=basesite"}, {"processes", "2"}, {"threads", "8"}}));
}

TEST_F(Expand, ReplacesMagicEnvironmentFilesAndPlaceholders) {
  ::setenv("PENSTOCK_TEST_VALUE", "4", 1);
  write("count.txt", "7\n");
  EXPECT_EQ(site("[uwsgi]\n"
                 "base = /srv/%n\n"
                 "chdir = %(base)/app\n"
                 "processes = $(PENSTOCK_TEST_VALUE)\n"
                 "threads = @(count.txt)\n"
                 "max-queue = %(processes * 2)\n"
                 "env = LOG=%(nothing) 100%\n"),
            (Pairs{{"chdir", "/srv/site/app"},
                   {"processes", "4"},
                   {"threads", "7"},
                   {"max-queue", "8"},
                   {"env", "LOG=%(nothing) 100%"}}));
  ::unsetenv("PENSTOCK_TEST_VALUE");
}

TEST_F(Expand, ResolvesPlaceholdersInAnyOrder) {
  EXPECT_EQ(site("[uwsgi]\nenv = A=%(one)\none = <%(two)>\ntwo = <%(three)>\nthree = 3\n"),
            (Pairs{{"env", "A=<<3>>"}}));
  EXPECT_EQ(site("[uwsgi]\nenv = A=%(one)\none = %(two)\ntwo = %(one)!\n"),
            (Pairs{{"env", "A=%(one)!"}}));
}

TEST_F(Expand, LetsTheFirstPlaceholderWinButTheCommandLineBeforeAll) {
  constexpr std::string_view kText = "[uwsgi]\nport = 1\nport = 2\nhttp = :%(port)\n";
  EXPECT_EQ(site(kText), (Pairs{{"http", ":1"}}));
  EXPECT_EQ(expanded({{"ini", "site.ini"}, {"set", "port=3"}}), (Pairs{{"http", ":3"}}));
  EXPECT_EQ(expanded({{"set-ph", "port=3"}, {"ini", "site.ini"}}), (Pairs{{"http", ":3"}}));
}

TEST_F(Expand, SetsOptionsAndPlaceholders) {
  EXPECT_EQ(
      expanded(
          {{"set", "processes=4"}, {"set", "anything=1"}, {"set-ph", "x=a=b"}, {"env", "A=%(x)"}}),
      (Pairs{{"processes", "4"}, {"env", "A=a=b"}}));
  EXPECT_EQ(expanded({{"set", "nothing"}}),
            (Pairs{{"error", "--set: expected NAME=VALUE, got \"nothing\""}}));
  EXPECT_EQ(expanded({{"set-placeholder", "processes=4"}}),
            (Pairs{{"error",
                    "--set-placeholder: processes is an option, which cannot be a placeholder"}}));
  write("a.ini", "[uwsgi]\nthreads = 2\n");
  EXPECT_EQ(expanded({{"set", "ini=a.ini"}}), (Pairs{{"threads", "2"}}));
}

TEST_F(Expand, FollowsConditions) {
  EXPECT_EQ(site("[uwsgi]\n"
                 "if-exists = site.ini\nenv = A=%(_)\nelse =\nenv = B=1\nendif =\n"
                 "if-exists = nothing\nenv = C=1\nelse\nenv = D=%(_)\nend-if\n"
                 "if-not-opt = env=x\nenv = E=1\nend\n"
                 "env = LAST=1\n"),
            (Pairs{{"env", "A=site.ini"}, {"env", "D=%(_)"}, {"env", "E=1"}, {"env", "LAST=1"}}));
}

TEST_F(Expand, NestsConditionsAndLoops) {
  EXPECT_EQ(site("[uwsgi]\n"
                 "for = a b\n"
                 "if-exists = %(_).txt\nenv = HAS_%(_)=1\nelse\nenv = LACKS=1\nendif\n"
                 "env = X=%(_)\n"
                 "endfor\n"
                 "if-exists = nothing\nfor = c\nenv = NO=1\nendfor\nelse\nenv = YES=1\nendif\n"),
            (Pairs{{"env", "LACKS=1"},
                   {"env", "LACKS=1"},
                   {"env", "X=a"},
                   {"env", "X=b"},
                   {"env", "YES=1"}}));
}

TEST_F(Expand, LoopsOptionByOption) {
  EXPECT_EQ(
      site("[uwsgi]\nfor-times = 2\nenv = A%(_)=%(_)\nenv = B%(_)=1\nend-for\nmaster\n"),
      (Pairs{{"env", "A1=1"}, {"env", "A2=2"}, {"env", "B1=1"}, {"env", "B2=1"}, {"master", ""}}));
  EXPECT_EQ(site_error("[uwsgi]\nmaster\nfor-times = x\nendfor\n"),
            "site.ini:3: for-times: expected a whole number of at most 65536");
}

TEST_F(Expand, IncludesInLoopsAndConditions) {
  write("a.ini", "[uwsgi]\nenv = F=%n\n");
  write("b.ini", "[uwsgi]\nenv = F=%n\n");
  EXPECT_EQ(site("[uwsgi]\nfor-glob = [ab].ini\ninclude = %(_)\nendfor\n"),
            (Pairs{{"env", "F=a"}, {"env", "F=b"}}));
}

TEST_F(Expand, EndsWhatIsOpenAtTheEndOfTheFile) {
  write("site.ini", "[uwsgi]\nif-exists = nothing\nthreads = 2\n");
  EXPECT_EQ(expanded({{"ini", "site.ini"}, {"processes", "4"}}), (Pairs{{"processes", "4"}}));
  EXPECT_EQ(site("[uwsgi]\nendif\nthreads = 2\nelse\n"), (Pairs{{"threads", "2"}}));
}

TEST_F(Expand, WorksOnTheCommandLineToo) {
  EXPECT_EQ(expanded({{"for", "1 2"}, {"http", ":%(_)"}, {"endfor", "true"}, {"master", "true"}}),
            (Pairs{{"http", ":1"}, {"http", ":2"}, {"master", "true"}}));
}

TEST_F(Expand, KnowsAReload) {
  const Pairs written{{"if-reload", "true"}, {"threads", "2"}, {"endif", "true"}};
  EXPECT_EQ(expanded(written), Pairs{});
  EXPECT_EQ(expanded(written, Start::Again), (Pairs{{"threads", "2"}}));
}

TEST_F(Expand, RefusesNamesThatAreNeitherOptionsNorUsed) {
  EXPECT_EQ(site_error("[uwsgi]\nproceses = 4\n"),
            "site.ini:2: proceses: no such option; did you mean processes?");
  EXPECT_EQ(site("[uwsgi]\nwidth = 4\nprocesses = %(width)\n"), (Pairs{{"processes", "4"}}));
  EXPECT_EQ(site("[uwsgi]\nwidth = 4\nprocesses = %(width + 1)\n"), (Pairs{{"processes", "5"}}));
  EXPECT_EQ(site("[uwsgi]\nwidth = 4\nif-opt = width=4\nthreads = 2\nendif\n"),
            (Pairs{{"threads", "2"}}));
  EXPECT_EQ(site("[uwsgi]\nharakiri = 30\n"), (Pairs{{"harakiri", "30"}}));
}

TEST_F(Expand, GivesThePlaceholdersWithTheirValues) {
  write("site.ini",
        "[uwsgi]\nwidth = 4\nset-placeholder = colour=%(width)x\nset = depth=2\n"
        "set = threads=3\nprocesses = %(width)\n");
  Settings placeholders;
  const auto settings = expand(settings_of({{"ini", "site.ini"}}), Start::First, &placeholders);
  ASSERT_TRUE(settings);
  EXPECT_EQ(pairs_of(*settings), (Pairs{{"threads", "3"}, {"processes", "4"}}));
  EXPECT_EQ(pairs_of(placeholders), (Pairs{{"width", "4"}, {"colour", "4x"}, {"depth", "2"}}));
}

TEST_F(Expand, ReadsNoDescriptorASecondTime) {
  for (const std::string name : {"-", "fd://77"}) {
    const auto again = expand(settings_of({{"ini", name}}), Start::Again);
    EXPECT_NE(error_of(again).find("was read at the start and cannot be read again"),
              std::string::npos);
  }
}

TEST_F(Expand, AllowsOnlyExplicitPlaceholdersWhenStrict) {
  EXPECT_EQ(site_error("[uwsgi]\nwidth = 4\nprocesses = %(width)\nstrict = true\n"),
            "site.ini:2: width: no such option; a value for the app alone is set-placeholder = "
            "width=4");
  EXPECT_EQ(site("[uwsgi]\nstrict = true\nset-placeholder = width=4\nprocesses = %(width)\n"),
            (Pairs{{"processes", "4"}}));
  EXPECT_EQ(site("[uwsgi]\nstrict = false\nwidth = 4\nprocesses = %(width)\n"),
            (Pairs{{"processes", "4"}}));
}

TEST_F(Expand, SaysWhereAFileIsMissingOrBroken) {
  EXPECT_EQ(error_of(expand(settings_of({{"ini", "no.ini"}}))),
            "--ini: no.ini: open: No such file or directory");
  EXPECT_EQ(site_error("[uwsgi]\ninclude = no.ini\n"),
            "site.ini:2: include: no.ini: open: No such file or directory");
  EXPECT_EQ(site_error("[uwsgi]\ninclude = site.conf\n"),
            "site.ini:2: include: expected a file whose name ends in .ini, .yaml, .yml, .json, "
            ".js, .xml or .toml, got \"site.conf\"");
  EXPECT_EQ(site_error("[uwsgi\nthreads = 2\n"),
            "--ini: site.ini:1: [uwsgi: a section ends with ]");
  EXPECT_EQ(site_error("[other]\nthreads = 2\n"), "--ini: site.ini: there is no section [uwsgi]");
  EXPECT_EQ(site_error("[uwsgi]\nini = http://x/y.ini\n"),
            "site.ini:2: ini: http://x/y.ini: options are read from files, - (standard input) and "
            "fd://N only: what comes from a network or a program would decide what this machine "
            "runs");
  EXPECT_EQ(site_error("[uwsgi]\nthreads = @(no.txt)\n"),
            "site.ini:2: threads: no.txt: open: No such file or directory");
  EXPECT_EQ(
      error_of(expand(settings_of({{"ini", ":blog"}}))),
      "--ini: expected a file whose name ends in .ini, .yaml, .yml, .json, .js, .xml or .toml, "
      "got \":blog\"");
}

TEST_F(Expand, ReadsXmlAndToml) {
  write("a.xml", "<x><uwsgi id='b'><env>N=%n</env></uwsgi></x>");
  write("a.toml", "threads = 2\n[app.blog]\nmodule = \"100%d\"\n");
  EXPECT_EQ(expanded({{"xml", "a.xml:b"}, {"toml", "a.toml"}, {"include", "a.xml"}}),
            (Pairs{{"env", "N=a"}, {"threads", "2"}, {"module", "100%d"}, {"env", "N=a"}}));
  write("b.toml", "\nx = 2\n");
  EXPECT_EQ(error_of(expand(settings_of({{"toml", "b.toml"}}))),
            "--toml: b.toml:2: x: no such key in the server's part");
  EXPECT_EQ(error_of(expand(settings_of({{"toml", "a.toml:x"}}))),
            "--toml: a.toml: a TOML file has no sections, such as x");
}

TEST_F(Expand, ReadsWhatIsOpenAlready) {
  write("a.ini", "[uwsgi]\nenv = N=%n|%o\n[b]\nthreads = 2\n");
  for (const auto& [section, expected] :
       {std::pair<std::string, Pairs>{"", {{"env", "N=|fd://"}}}, {":b", {{"threads", "2"}}}}) {
    const Fd file{::open("a.ini", O_RDONLY | O_CLOEXEC)};
    const std::string name = "fd://" + std::to_string(file.get());
    Pairs wanted = expected;
    if (section.empty()) wanted[0].second += std::to_string(file.get());
    EXPECT_EQ(expanded({{"ini", name + section}}), wanted);
  }
  EXPECT_EQ(expanded({{"ini", "fd://987654"}}),
            (Pairs{{"error", "--ini: fd://987654: read: Bad file descriptor"}}));
  EXPECT_EQ(
      expanded({{"ini", "fd://x"}}),
      (Pairs{{"error", "--ini: fd://x: expected the number of an open descriptor after fd://"}}));
}

TEST_F(Expand, StopsAtFilesThatReadThemselves) {
  EXPECT_EQ(site_error("[uwsgi]\ninclude = site.ini\n").substr(0, 11), "site.ini:2:");
  EXPECT_NE(site_error("[uwsgi]\ninclude = site.ini\n")
                .find("files are nested too deeply; does site.ini read itself?"),
            std::string::npos);
  EXPECT_EQ(site_error("[uwsgi]\ninherit = site.ini\n"),
            "site.ini:2: inherit: too many inherited files");
}

TEST_F(Expand, StopsValuesFromGrowingWithoutEnd) {
  std::string text = "[uwsgi]\nenv = A=%(v0)\n";
  for (int i = 0; i < 40; ++i)
    text += "v" + std::to_string(i) + " = %(v" + std::to_string(i + 1) + ")%(v" +
            std::to_string(i + 1) + ")\n";
  text += "v40 = xxxxxxxxxxxxxxxx\n";
  EXPECT_NE(site_error(text).find("the value is longer than 1 MiB"), std::string::npos);
}

TEST_F(Expand, GivesWhatBuildTakes) {
  write("site.ini",
        "[uwsgi]\n"
        "module = blog.wsgi:application\n"
        "master = true\n"
        "processes = %k\n"
        "socket = /run/%n.sock\n"
        "chmod-socket\n"
        "vacuum = true\n"
        "die-on-term = true\n");
  const auto settings = expand(settings_of({{"ini", "site.ini"}, {"workers", "3"}}));
  ASSERT_TRUE(settings) << settings.error().what;
  const auto config = build(*settings);
  ASSERT_TRUE(config) << config.error().what;
  EXPECT_EQ(config->app.module, "blog.wsgi:application");
  EXPECT_EQ(config->worker.processes, 3);
  EXPECT_EQ(config->listen[0].address, "/run/site.sock");
  EXPECT_EQ(config->listen[0].origin, "site.ini:5: socket");
  EXPECT_EQ(config->socket.chmod, 0666U);
}

TEST_F(Expand, ShowsWhatCameOut) {
  write("site.ini", "[uwsgi]\nwidth = 4\nprocesses = %(width)\nmaster\n");
  const auto settings = expand(settings_of({{"ini", "site.ini"}, {"show-config", "true"}}));
  ASSERT_TRUE(settings) << settings.error().what;
  EXPECT_EQ(show(*settings), "[uwsgi]\nprocesses = 4\nmaster = \nshow-config = true\n");
  EXPECT_TRUE(build_with({{"show-config", "true"}})->show);
}

}  // namespace
}  // namespace penstock::config
