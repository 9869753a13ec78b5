// SPDX-License-Identifier: MIT
// Options from the environment.
#include "config/environment.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "config/lookup.h"
#include "config/option_table.h"
#include "config/uwsgi_names.h"

namespace penstock::config {
namespace {

constexpr std::string_view kOurs = "PENSTOCK_";
constexpr std::string_view kUwsgis = "UWSGI_";

struct Variable {
  std::string_view name;
  std::string_view value;
};

std::optional<Variable> split(std::string_view entry) {
  const std::size_t equals = entry.find('=');
  if (equals == entry.npos) return std::nullopt;
  return Variable{entry.substr(0, equals), entry.substr(equals + 1)};
}

/// "max-vars" for "MAX_VARS".
std::string option_name(std::string_view rest) {
  std::string name(rest);
  std::transform(name.begin(), name.end(), name.begin(),
                 [](char c) { return c == '_' ? '-' : text::lower(c); });
  return name;
}

/// Options that are there to be asked on a command line. As variables they mean something else:
/// many images carry UWSGI_VERSION.
bool is_for_command_line(const Option& option) {
  return std::holds_alternative<Mode>(option.effect);
}

/// False where no option has the name.
bool take(const Variable& variable, std::string_view prefix, Settings& settings) {
  const std::string name = option_name(variable.name.substr(prefix.size()));
  const Option* const option = find_option(name);
  if (!option && !(prefix == kUwsgis && is_uwsgi_name(name))) return false;
  if (option && is_for_command_line(*option)) return true;
  if (variable.value.empty() && !(option && option->kind == Kind::Flag)) return true;
  settings.push_back(
      {name, std::string(variable.value), fmt::format("environment {}", variable.name)});
  return true;
}

std::optional<std::string> warning_about(const Variable& variable) {
  const auto near = nearest_name(option_name(variable.name.substr(kOurs.size())));
  if (!near) return std::nullopt;
  return fmt::format("environment {}: no such option; did you mean {}?", variable.name,
                     variable_name(kOurs, *near));
}

}  // namespace

std::string variable_name(std::string_view prefix, std::string_view option) {
  std::string name(prefix);
  for (const char c : option)
    name += c == '-' ? '_' : text::upper(c);
  return name;
}

Environment read_environment(const char* const* variables) {
  Environment environment;
  for (const std::string_view prefix : {kUwsgis, kOurs}) {
    for (const char* const* entry = variables; *entry; ++entry) {
      const auto variable = split(*entry);
      if (!variable || !variable->name.starts_with(prefix)) continue;
      if (take(*variable, prefix, environment.settings) || prefix != kOurs) continue;
      if (auto warning = warning_about(*variable))
        environment.warnings.push_back(std::move(*warning));
    }
  }
  return environment;
}

}  // namespace penstock::config
