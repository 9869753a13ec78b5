// SPDX-License-Identifier: MIT
// Every option can be given in every way: on the command line, in the environment, and in files of
// each kind.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "config/environment.h"
#include "config/expand.h"
#include "config/option_table.h"
#include "config/test_support.h"
#include "config/toml.h"

namespace penstock::config {
namespace {

/// A name of an option, and how a file shows it.
struct Named {
  const Option* option;
  std::string name;
  std::string value;
};

std::vector<Named> all_names(const Section& section) {
  std::vector<Named> all;
  for (const Option& option : section.options) {
    if (std::holds_alternative<Mode>(option.effect) ||
        std::holds_alternative<Directive>(option.effect))
      continue;
    for (const std::string_view name : option.all_names())
      all.push_back({&option, std::string(name), option.kind == Kind::Flag ? "true" : "7"});
  }
  return all;
}

std::vector<Named> all_names() {
  std::vector<Named> all;
  for (const Section& section : sections())
    for (Named& named : all_names(section))
      all.push_back(std::move(named));
  return all;
}

Pairs pairs_of(const std::vector<Named>& all) {
  Pairs pairs;
  for (const Named& named : all)
    pairs.emplace_back(named.name, named.value);
  return pairs;
}

class Doors : public testing::Test {
 protected:
  ~Doors() override { std::filesystem::remove_all(folder_); }

  /// What a file with this text comes down to.
  Pairs read(const std::string& option, const std::string& text) {
    const std::string path = (folder_ / "file").string();
    std::ofstream(path) << text;
    const auto settings = expand(settings_of({{option, path}}));
    return settings ? config::pairs_of(*settings) : Pairs{{"error", settings.error().what}};
  }

  std::filesystem::path folder_ = new_folder();
};

TEST_F(Doors, ThereAreMany) {
  EXPECT_GT(all_names().size(), 100U);
}

TEST_F(Doors, OpenOnTheCommandLine) {
  std::vector<std::string> words;
  for (const Named& named : all_names())
    words.push_back("--" + named.name +
                    (named.option->kind == Kind::Flag ? "" : "=" + named.value));
  EXPECT_EQ(parsed(words), pairs_of(all_names()));
}

TEST_F(Doors, OpenInIniFiles) {
  std::string text = "[uwsgi]\n";
  for (const Named& named : all_names())
    text += named.name + " = " + named.value + "\n";
  EXPECT_EQ(read("ini", text), pairs_of(all_names()));
}

TEST_F(Doors, OpenInYamlFiles) {
  std::string text = "uwsgi:\n";
  for (const Named& named : all_names())
    text += "  " + named.name + ": " + named.value + "\n";
  EXPECT_EQ(read("yaml", text), pairs_of(all_names()));
}

TEST_F(Doors, OpenInJsonFiles) {
  std::string text;
  for (const Named& named : all_names())
    text += (text.empty() ? "{\"uwsgi\": {\"" : ", \"") + named.name + "\": " + named.value;
  EXPECT_EQ(read("json", text + "}}"), pairs_of(all_names()));
}

TEST_F(Doors, OpenInXmlFiles) {
  std::string text = "<uwsgi>\n";
  for (const Named& named : all_names())
    text += "<" + named.name + ">" + named.value + "</" + named.name + ">\n";
  EXPECT_EQ(read("xml", text + "</uwsgi>"), pairs_of(all_names()));
}

TEST_F(Doors, OpenInTheEnvironment) {
  for (const std::string prefix : {"UWSGI_", "PENSTOCK_"})
    for (const Named& named : all_names()) {
      const std::string entry = variable_name(prefix, named.name) + "=" + named.value;
      const std::array<const char*, 2> variables{entry.c_str(), nullptr};
      const Environment environment = read_environment(variables.data());
      EXPECT_EQ(config::pairs_of(environment.settings), (Pairs{{named.name, named.value}}));
    }
}

/// The one value of the option in one of the places of a TOML file; what is wrong with it else.
std::string in_toml(const Named& named) {
  std::string key = named.name;
  std::replace(key.begin(), key.end(), '-', '_');
  const std::string line = key + " = \"" + named.value + "\"\n";
  std::string problem;
  for (const std::string& text :
       {"[app.blog]\n" + line, "[[listen]]\nhttp = \":80\"\n" + line, line}) {
    const auto entries = parse_toml(text);
    if (entries && entries->back().name == named.option->name()) return entries->back().value;
    problem = entries ? "not there" : entries.error().what;
  }
  return problem;
}

TEST_F(Doors, OpenInTomlFilesButForWishesThatAreAlwaysGranted) {
  for (const Section& section : sections()) {
    for (const Named& named : all_names(section)) {
      const bool is_address = std::holds_alternative<Listen>(named.option->effect) ||
                              std::holds_alternative<PlainProtocol>(named.option->effect);
      if (!is_address && !section.names_only) {
        EXPECT_EQ(in_toml(named), named.value) << named.name;
      }
    }
  }
  for (const std::string key : {"http", "uwsgi", "fastcgi", "scgi", "fastcgi_nph"}) {
    const auto entries = parse_toml("[[listen]]\n" + key + " = \":80\"\n");
    ASSERT_TRUE(entries) << entries.error().what;
    EXPECT_TRUE(std::holds_alternative<Listen>(find_option(entries->at(0).name)->effect));
  }
}

}  // namespace
}  // namespace penstock::config
