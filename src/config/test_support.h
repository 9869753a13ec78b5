// SPDX-License-Identifier: MIT
// Short ways to write settings and command lines in tests.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <ostream>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "config/build.h"
#include "config/command_line.h"
#include "config/document.h"
#include "config/lookup.h"

namespace penstock::config {

using Pairs = std::vector<std::pair<std::string, std::string>>;

/// What parse_command_line() makes of "penstock" and the words.
inline Result<CommandLine> parse_words(const std::vector<std::string>& words) {
  std::vector<const char*> argv{"penstock"};
  for (const std::string& word : words)
    argv.push_back(word.c_str());
  return parse_command_line(static_cast<int>(argv.size()), argv.data());
}

/// The names and values of settings.
inline Pairs pairs_of(const Settings& settings) {
  Pairs pairs;
  for (const Setting& setting : settings)
    pairs.emplace_back(setting.name, setting.value);
  return pairs;
}

/// The same of a command line that must parse.
inline Pairs parsed(const std::vector<std::string>& words) {
  const auto line = parse_words(words);
  if (!line) {
    ADD_FAILURE() << line.error().what;
    return {};
  }
  return pairs_of(line->settings);
}

/// Name, value and line of what a file holds; one row that says "error" for one that is broken.
using Rows = std::vector<std::tuple<std::string, std::string, int>>;

inline Rows rows(const Parsed<Entries>& entries) {
  if (!entries) return {{entries.error().what, "error", entries.error().line}};
  Rows all;
  for (const Entry& entry : *entries)
    all.emplace_back(entry.name, entry.value, entry.line);
  return all;
}

/// The path of a folder that no other test has, since tests run at the same time.
inline std::filesystem::path new_folder() {
  std::string pattern = testing::TempDir() + "penstock-config-XXXXXX";
  if (::mkdtemp(pattern.data()) == nullptr) ADD_FAILURE() << pattern << " cannot be made";
  return pattern;
}

template <class T>
std::string error_of(const Result<T>& result) {
  return result ? "no error" : result.error().what;
}

inline Settings settings_of(const Pairs& pairs, std::string_view origin = kCommandLine) {
  Settings settings;
  for (const auto& [name, value] : pairs)
    settings.push_back({name, value, std::string(origin)});
  return settings;
}

/// build() of the settings and what every configuration needs.
inline Result<Config> build_with(const Pairs& pairs) {
  Settings settings = settings_of(pairs);
  settings.push_back({"http-socket", ":8000", std::string(kCommandLine)});
  settings.push_back({"module", "app", std::string(kCommandLine)});
  return build(settings);
}

}  // namespace penstock::config
