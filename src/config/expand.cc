// SPDX-License-Identifier: MIT
// From the settings as they were written to plain ones.
#include "config/expand.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

#include "config/lookup.h"
#include "config/option_table.h"
#include "config/reading.h"
#include "config/resolver.h"
#include "config/uwsgi_names.h"

namespace penstock::config {
namespace {

/// A value for the app alone is worth a hint where the name is near no option's.
Error about_unknown(const Setting& setting) {
  Error error = lookup(setting).error();
  if (!nearest_name(setting.name))
    error.what += fmt::format("; a value for the app alone is set-placeholder = {}={}",
                              setting.name, setting.value);
  return error;
}

/// The plain settings among all; what is left must have been used as a placeholder.
Result<Settings> without_placeholders(std::vector<Collected> all, const Resolver& resolver,
                                      bool strict, Settings& placeholders) {
  Settings settings;
  for (Collected& entry : all) {
    const std::string& name = entry.setting.name;
    const bool is_option = find_option(name) || is_uwsgi_name(name);
    if (entry.placeholder != Placeholder::Always && is_option) {
      settings.push_back(std::move(entry.setting));
      continue;
    }
    const bool meant =
        entry.placeholder == Placeholder::Always ||
        (!strict && (entry.placeholder == Placeholder::IfNoOption || resolver.used(name)));
    if (!meant) return unexpected(about_unknown(entry.setting));
    placeholders.push_back(std::move(entry.setting));
  }
  return settings;
}

}  // namespace

Result<Settings> expand(const Settings& written, Start start, Settings* placeholders) {
  Reading reading(start);
  TRY(reading.read(written));
  Resolver resolver(reading.collected());
  for (const std::string& name : reading.names_asked_for())
    resolver.mark_used(name);
  TRY(resolver.resolve_all());
  Settings unasked;
  return without_placeholders(std::move(reading.collected()), resolver, reading.strict(),
                              placeholders ? *placeholders : unasked);
}

std::string show(const Settings& settings) {
  std::string out = "[uwsgi]\n";
  for (const Setting& setting : settings)
    out += fmt::format("{} = {}\n", setting.name, setting.value);
  return out;
}

}  // namespace penstock::config
