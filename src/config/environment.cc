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

/// Options that mean nothing as a variable: questions (many images carry UWSGI_VERSION), and what
/// depends on the options around it.
bool is_no_variable(const Option& option) {
  const Directive* const directive = std::get_if<Directive>(&option.effect);
  return std::holds_alternative<Mode>(option.effect) ||
         (directive && (*directive == Directive::If || *directive == Directive::Else ||
                        *directive == Directive::For || *directive == Directive::End));
}

/// "environment PENSTOCK_PROCESES: …", where a known name is near.
std::optional<std::string> warning_about(const Variable& variable, std::string_view name) {
  const auto near = nearest_name(name);
  if (!near) return std::nullopt;
  return fmt::format("environment {}: no such option; did you mean {}?", variable.name,
                     variable_name(kOurs, *near));
}

/// What names no option is a placeholder for files, as in uWSGI: %(foo) for UWSGI_FOO.
void take_unknown(const Variable& variable, std::string_view prefix, const std::string& name,
                  Environment& environment) {
  if (prefix == kOurs) {
    if (auto warning = warning_about(variable, name))
      environment.warnings.push_back(std::move(*warning));
  } else if (!name.empty()) {
    environment.settings.push_back({"set-placeholder", fmt::format("{}={}", name, variable.value),
                                    fmt::format("environment {}", variable.name)});
  }
}

void take(const Variable& variable, std::string_view prefix, Environment& environment) {
  const std::string name = option_name(variable.name.substr(prefix.size()));
  const Option* const option = find_option(name);
  if (!option && !(prefix == kUwsgis && is_uwsgi_name(name)))
    return take_unknown(variable, prefix, name, environment);
  if (option && is_no_variable(*option)) return;
  if (variable.value.empty() && !(option && option->kind == Kind::Flag)) return;
  environment.settings.push_back(
      {name, std::string(variable.value), fmt::format("environment {}", variable.name)});
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
  for (const std::string_view prefix : {kUwsgis, kOurs})
    for (const char* const* entry = variables; *entry; ++entry) {
      const auto variable = split(*entry);
      if (variable && variable->name.starts_with(prefix)) take(*variable, prefix, environment);
    }
  return environment;
}

}  // namespace penstock::config
