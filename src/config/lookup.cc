// SPDX-License-Identifier: MIT
// From a setting to its option, and how errors name a setting.
#include "config/lookup.h"

#include <fmt/format.h>

#include "base/text.h"
#include "config/option_table.h"
#include "config/uwsgi_advice.h"
#include "config/uwsgi_names.h"

namespace penstock::config {
namespace {

std::vector<std::string_view> known_names() {
  std::vector<std::string_view> names = uwsgi_names();
  for (const Section& section : sections())
    for (const Option& option : section.options)
      for (const std::string_view name : option.all_names())
        names.push_back(name);
  return names;
}

std::string in_quotes(std::string_view value) {
  std::string text = "\"";
  text::append_escaped(text, value);
  return text += '"';
}

}  // namespace

std::string where(const Setting& setting) {
  if (setting.origin == kCommandLine) return "--" + setting.name;
  if (setting.origin.starts_with("environment ")) return setting.origin;
  return setting.origin + ": " + setting.name;
}

std::optional<std::string_view> nearest_name(std::string_view name) {
  static const std::vector<std::string_view> names = known_names();
  // getopt takes a beginning for the whole, so that is what a short form most likely means.
  std::optional<std::string_view> longer;
  for (const std::string_view known : names)
    if (name.size() > 2 && known.starts_with(name) && find_option(known) &&
        (!longer || known.size() < longer->size()))
      longer = known;
  return longer ? longer : text::nearest(name, names);
}

Result<const Option*> lookup(const Setting& setting) {
  if (const Option* const option = find_option(setting.name)) return option;
  if (is_uwsgi_name(setting.name)) {
    const std::string_view advice = advice_about(setting.name);
    if (advice.empty())
      return fail(where(setting) + ": a uWSGI option that Penstock does not have yet");
    return fail(
        fmt::format("{}: a uWSGI option that Penstock does not have: {}", where(setting), advice));
  }
  std::string problem = where(setting) + ": no such option";
  const std::string_view dashes = setting.origin == kCommandLine ? "--" : "";
  if (const auto near = nearest_name(setting.name))
    problem += fmt::format("; did you mean {}{}?", dashes, *near);
  return fail(std::move(problem));
}

unexpected<Error> wrong_value(const Setting& setting, std::string_view expected) {
  return fail(fmt::format("{}: expected {}, got {}", where(setting), expected,
                          setting.value.empty() ? "nothing" : in_quotes(setting.value)));
}

}  // namespace penstock::config
