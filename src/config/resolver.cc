// SPDX-License-Identifier: MIT
// The values of placeholders.
#include "config/resolver.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/lookup.h"
#include "config/placeholders.h"

namespace penstock::config {
namespace {

constexpr std::size_t kLongestValue = 1U << 20;

}  // namespace

Result<> Resolver::resolve_all() {
  for (Collected& entry : settings_)
    entry.setting.value = replace_variables(entry.setting.value);
  for (Collected& entry : settings_) {
    auto value = replace_files(entry.setting.value);
    if (!value) return fail(fmt::format("{}: {}", where(entry.setting), value.error().what));
    entry.setting.value = std::move(*value);
  }
  for (Collected& entry : settings_)
    TRY(resolve(entry));
  return {};
}

Result<> Resolver::resolve(Collected& entry) {
  if (done_.contains(&entry)) return {};
  running_.insert(&entry);
  std::string value = TRY(replace_placeholders(
      entry.setting.value, [this](std::string_view name) { return value_of(name); }));
  running_.erase(&entry);
  if (value.size() > kLongestValue)
    return fail(where(entry.setting) + ": the value is longer than 1 MiB");
  entry.setting.value = std::move(value);
  done_.insert(&entry);
  return {};
}

Result<std::optional<std::string>> Resolver::value_of(std::string_view name) {
  mark_used(name);
  Collected* const entry = find(name);
  if (!entry || running_.contains(entry)) return std::nullopt;
  TRY(resolve(*entry));
  return entry->setting.value;
}

Collected* Resolver::find(std::string_view name) {
  const auto from_command_line = [&](const Collected& entry) {
    return entry.setting.name == name && entry.setting.origin == kCommandLine;
  };
  auto found = std::find_if(settings_.begin(), settings_.end(), from_command_line);
  if (found == settings_.end())
    found = std::find_if(settings_.begin(), settings_.end(),
                         [&](const Collected& entry) { return entry.setting.name == name; });
  return found == settings_.end() ? nullptr : &*found;
}

}  // namespace penstock::config
