// SPDX-License-Identifier: MIT
// The command line, read by CLI11 after the option table.
#include "config/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "config/arguments.h"
#include "config/lookup.h"
#include "config/option_table.h"
#include "config/positional.h"
#include "config/uwsgi_names.h"

namespace penstock::config {
namespace {

/// One name of one option, as CLI11 knows it.
struct Known {
  std::string name;
  const Option* option;  // null for positional arguments
  std::size_t seen = 0;  // how many of its values have been taken over
};
using KnownOptions = std::map<const CLI::Option*, Known>;

/// The values are read from the results, in the order of parsing.
CLI::callback_t keep_values() {
  return [](const CLI::results_t&) { return true; };
}

/// Every alias is registered for itself, so that the settings keep the user's spelling.
void register_option(CLI::App& app, const Option& option, KnownOptions& known) {
  std::string letter = option.letter ? fmt::format("-{},", option.letter) : "";
  for (const std::string_view name : option.all_names()) {
    const std::string names = std::exchange(letter, "") + "--" + std::string(name);
    CLI::Option* const added =
        option.kind == Kind::Flag ? app.add_flag(names) : app.add_option(names, keep_values());
    added->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    known.emplace(added, Known{std::string(name), &option});
  }
}

/// What CLI11 did not know: "--proceses", "-t", "-q4".
unexpected<Error> unknown(const std::string& argument) {
  if (argument.starts_with("--")) {
    const std::string name = argument.substr(2, argument.find('=') - 2);
    return unexpected<Error>(lookup({name, "", std::string(kCommandLine)}).error());
  }
  const std::string_view name = uwsgi_name_of(argument[1]);
  if (name.empty()) return fail(argument.substr(0, 2) + ": no such option (see --help)");
  return unexpected<Error>(lookup({std::string(name), "", std::string(kCommandLine)}).error());
}

Result<> take_over(const CLI::App& app, KnownOptions& known, CommandLine& line) {
  for (const CLI::Option* const parsed : app.parse_order()) {
    Known& entry = known.at(parsed);
    const std::string& value = parsed->results().at(entry.seen++);
    if (!entry.option) {
      Settings found = TRY(read_positional(value));
      std::move(found.begin(), found.end(), std::back_inserter(line.settings));
    } else if (const Mode* const mode = std::get_if<Mode>(&entry.option->effect)) {
      if (line.mode != Mode::Serve) continue;
      line.mode = *mode;
      if (entry.option->takes_value()) line.mode_value = value;
    } else {
      line.settings.push_back({entry.name, value, std::string(kCommandLine)});
    }
  }
  return {};
}

Result<CommandLine> parse(std::vector<std::string> arguments) {
  CLI::App app;
  KnownOptions known;
  app.set_help_flag();
  app.allow_extras();
  for (const Section& section : sections())
    for (const Option& option : section.options)
      register_option(app, option, known);
  CLI::Option* const positional = app.add_option("arguments", keep_values());
  positional->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)->allow_extra_args();
  known.emplace(positional, Known{"", nullptr});

  std::reverse(arguments.begin(), arguments.end());  // CLI11 takes them from the back
  app.parse(std::move(arguments));
  for (const std::string& argument : app.remaining())
    if (argument != "--") return unknown(argument);
  CommandLine line;
  TRY(take_over(app, known, line));
  return line;
}

}  // namespace

Result<CommandLine> parse_command_line(int argc, const char* const* argv) {
  const std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
  std::vector<std::string> plain = TRY(in_plain_form(arguments));
  try {
    return parse(std::move(plain));
  } catch (const CLI::Error& error) {
    return fail(error.what());
  }
}

}  // namespace penstock::config
