// SPDX-License-Identifier: MIT
#include "base/environment.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

namespace penstock {
namespace {

bool is_entry_of(std::string_view entry, std::string_view name) {
  return entry.starts_with(name) && entry.substr(name.size()).starts_with('=');
}

}  // namespace

std::vector<std::string> current_environment() {
  std::vector<std::string> copy;
  for (char** entry = environ; entry && *entry; ++entry)
    copy.emplace_back(*entry);
  return copy;
}

std::optional<std::string_view> find_variable(const std::vector<std::string>& environment,
                                              std::string_view name) {
  const auto found = std::find_if(environment.begin(), environment.end(),
                                  [&](std::string_view entry) { return is_entry_of(entry, name); });
  if (found == environment.end()) return std::nullopt;
  return std::string_view(*found).substr(name.size() + 1);
}

void set_variable(std::vector<std::string>& environment, std::string_view name,
                  std::string_view value) {
  std::string entry = fmt::format("{}={}", name, value);  // the value may stand in the environment
  remove_variable(environment, name);
  environment.push_back(std::move(entry));
}

void remove_variable(std::vector<std::string>& environment, std::string_view name) {
  std::erase_if(environment, [&](std::string_view entry) { return is_entry_of(entry, name); });
}

}  // namespace penstock
