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

/// The plain settings among all; what is left must have been used as a placeholder.
Result<Settings> without_placeholders(std::vector<Collected> all, const Resolver& resolver,
                                      bool strict) {
  Settings settings;
  for (Collected& entry : all) {
    const std::string& name = entry.setting.name;
    if (entry.placeholder == Placeholder::Always) continue;
    if (find_option(name) || is_uwsgi_name(name)) {
      settings.push_back(std::move(entry.setting));
      continue;
    }
    const bool meant = entry.placeholder == Placeholder::IfNoOption || resolver.used(name);
    if (strict || !meant) return unexpected(lookup(entry.setting).error());
  }
  return settings;
}

}  // namespace

Result<Settings> expand(const Settings& written, Start start) {
  Reading reading(start);
  TRY(reading.read(written));
  Resolver resolver(reading.collected());
  for (const std::string& name : reading.names_asked_for())
    resolver.mark_used(name);
  TRY(resolver.resolve_all());
  return without_placeholders(std::move(reading.collected()), resolver, reading.strict());
}

std::string show(const Settings& settings) {
  std::string out = "[uwsgi]\n";
  for (const Setting& setting : settings)
    out += fmt::format("{} = {}\n", setting.name, setting.value);
  return out;
}

}  // namespace penstock::config
