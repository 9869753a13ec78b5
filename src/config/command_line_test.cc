// SPDX-License-Identifier: MIT
#include "config/command_line.h"

#include <gtest/gtest.h>

#include "config/option_table.h"
#include "config/test_support.h"

namespace penstock::config {
namespace {

std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> words;
  std::size_t from = 0;
  while (from < line.size()) {
    const std::size_t end = std::min(line.find(' ', from), line.size());
    words.emplace_back(line.substr(from, end - from));
    from = end + 1;
  }
  return words;
}

TEST(CommandLine, ReadsTheLinesThatPeopleTypeForUwsgi) {
  const Pairs first{{"socket", ":9090"}, {"module", "myapp"}};
  EXPECT_EQ(parsed(words_of("-s :9090 -w myapp")), first);

  Pairs four = first;
  four.emplace_back("processes", "4");
  EXPECT_EQ(parsed(words_of("-s :9090 -w myapp -p 4")), four);

  Pairs master = first;
  master.emplace_back("master", "true");
  master.emplace_back("processes", "4");
  EXPECT_EQ(parsed(words_of("-s :9090 -w myapp -M -p 4")), master);
}

TEST(CommandLine, NamesTheUwsgiOptionsThatAreNotThereYet) {
  const std::vector<std::pair<std::string_view, std::string_view>> lines{
      {"-s :9090 -w myapp -M -p 4 -Q jobs", "spooler"},
      {"-s :9090 -M -p 4 --mules 3 -w myapp", "mules"},
      {"-s :9090 -w myapp --cache2 name=x", "cache2"},
      {"-s :9090 -w myapp -Qjobs", "spooler"},
      {"-s :9090 --vhost", "vhost"},
      {"-MQjobs", "spooler"},
      {"--static-map=/static=/srv", "static-map"}};
  for (const auto& [line, name] : lines)
    EXPECT_TRUE(
        error_of(parse_words(words_of(line)))
            .starts_with("--" + std::string(name) + ": a uWSGI option that Penstock does not have"))
        << line;
}

TEST(CommandLine, ReadsEveryNameOfEveryOption) {
  std::vector<std::string> words;
  Pairs expected;
  for (const Section& section : sections())
    for (const Option& option : section.options) {
      if (std::holds_alternative<Mode>(option.effect)) continue;
      for (const std::string_view alias : option.all_names()) {
        const std::string name(alias);
        if (option.takes_value()) {
          words.insert(words.end(), {"--" + name, "7", "--" + name, "-7"});
          expected.insert(expected.end(), {{name, "7"}, {name, "-7"}});
        } else {
          words.insert(words.end(), {"--" + name, "-M"});
          const std::string_view implied = option.implied.empty() ? "true" : option.implied;
          expected.insert(expected.end(), {{name, std::string(implied)}, {"master", "true"}});
        }
        words.push_back("--" + name + "=7");
        expected.emplace_back(name, "7");
      }
    }
  EXPECT_EQ(parsed(words), expected);
}

TEST(CommandLine, ReadsEveryLetterOfEveryOption) {
  std::vector<std::string> words;
  Pairs expected;
  for (const Section& section : sections())
    for (const Option& option : section.options) {
      if (!option.letter || std::holds_alternative<Mode>(option.effect)) continue;
      const std::string letter = {'-', option.letter};
      const std::string name(option.name());
      if (option.kind == Kind::Flag) {
        words.push_back(letter);
        expected.emplace_back(name, "true");
        continue;
      }
      words.insert(words.end(), {letter, "7", letter + "7", "-M" + letter.substr(1) + "7"});
      expected.insert(expected.end(), {{name, "7"}, {name, "7"}, {"master", "true"}, {name, "7"}});
    }
  EXPECT_EQ(parsed(words), expected);
}

TEST(CommandLine, KeepsTheOrderAndTheRepetitions) {
  EXPECT_EQ(parsed(words_of("-p 1 --http :1 -s :2 -p 3 -M --http=:4 -M --workers 5")),
            (Pairs{{"processes", "1"},
                   {"http", ":1"},
                   {"socket", ":2"},
                   {"processes", "3"},
                   {"master", "true"},
                   {"http", ":4"},
                   {"master", "true"},
                   {"workers", "5"}}));
}

TEST(CommandLine, KeepsValuesByteForByte) {
  for (const std::string value :
       {"[::1]:80", "[a,b]", "{}", "a b", "--env", "-M", "", "a=b=c", "é"})
    EXPECT_EQ(parsed({"--socket", value, "-M"}), (Pairs{{"socket", value}, {"master", "true"}}));
}

TEST(CommandLine, TakesFlagsWithAValue) {
  EXPECT_EQ(parsed({"--master=false", "--lazy-apps=0", "-M"}),
            (Pairs{{"master", "false"}, {"lazy-apps", "0"}, {"master", "true"}}));
}

TEST(CommandLine, MixesOptionsAndPositionalArguments) {
  EXPECT_EQ(parsed(words_of("app.py --http :80 -M")),
            (Pairs{{"wsgi-file", "app.py"}, {"http", ":80"}, {"master", "true"}}));
  EXPECT_EQ(parsed(words_of("-M pkg.mod:app --http :80")),
            (Pairs{{"master", "true"}, {"module", "pkg.mod:app"}, {"http", ":80"}}));
  EXPECT_EQ(parsed(words_of("-M -- app.py")), (Pairs{{"master", "true"}, {"wsgi-file", "app.py"}}));
}

TEST(CommandLine, KeepsTheFilesOfOptionsInTheirPlaces) {
  EXPECT_EQ(parsed(words_of("-p 1 site.ini -p 2 --ini a.ini:blog -y b.yaml -S x=1")),
            (Pairs{{"processes", "1"},
                   {"ini", "site.ini"},
                   {"processes", "2"},
                   {"ini", "a.ini:blog"},
                   {"yaml", "b.yaml"},
                   {"set", "x=1"}}));
}

TEST(CommandLine, ReadsNoOptionsAfterTwoDashes) {
  EXPECT_EQ(error_of(parse_words(words_of("app.py -- -M"))),
            "-M: neither an option, nor an app such as module:callable or app.py, nor a file of "
            "options such as site.ini (see --help)");
}

TEST(CommandLine, NamesTheNearestOption) {
  EXPECT_EQ(error_of(parse_words({"--proceses", "4"})),
            "--proceses: no such option; did you mean --processes?");
  EXPECT_EQ(error_of(parse_words({"--htp-socket=:80"})),
            "--htp-socket: no such option; did you mean --http-socket?");
  EXPECT_EQ(error_of(parse_words({"--xyzzy-plugh-frobnicate"})),
            "--xyzzy-plugh-frobnicate: no such option");
  EXPECT_EQ(error_of(parse_words({"-q"})), "-q: no such option (see --help)");
}

TEST(CommandLine, TakesNoBeginningForTheWhole) {
  EXPECT_EQ(error_of(parse_words({"--virtual", "/srv/env"})),
            "--virtual: no such option; did you mean --virtualenv?");
  EXPECT_EQ(error_of(parse_words({"--keepalive", "5"})),
            "--keepalive: no such option; did you mean --keepalive-timeout?");
}

TEST(CommandLine, SaysWhatItIsAskedFor) {
  EXPECT_EQ(parse_words({})->mode, Mode::Serve);
  EXPECT_EQ(parse_words({"-h"})->mode, Mode::Help);
  EXPECT_EQ(parse_words({"--help"})->mode, Mode::Help);
  EXPECT_EQ(parse_words({"--usage"})->mode, Mode::Help);
  EXPECT_EQ(parse_words({"-M", "--version", "--help"})->mode, Mode::Version);
  EXPECT_EQ(parse_words({"--help-markdown"})->mode, Mode::Reference);
}

TEST(CommandLine, GivesItsNameAsTheOrigin) {
  const auto line = parse_words({"-M", "app.py"});
  ASSERT_TRUE(line);
  for (const Setting& setting : line->settings)
    EXPECT_EQ(setting.origin, kCommandLine);
}

TEST(CommandLine, WorksWithoutAProgramName) {
  const auto line = parse_command_line(0, nullptr);
  ASSERT_TRUE(line);
  EXPECT_TRUE(line->settings.empty());
}

}  // namespace
}  // namespace penstock::config
