// SPDX-License-Identifier: MIT
// As uWSGI does it: a name of one's own goes before the automatic one.
#include "config/process_names.h"

#include <fmt/format.h>

namespace penstock::config {
namespace {

std::string automatic_name(Role role, int number) {
  switch (role) {
    case Role::Master:
      return "penstock master";
    case Role::Zygote:
      return "penstock zygote";
    case Role::Worker:
      break;
  }
  return fmt::format("penstock worker {}", number);
}

}  // namespace

std::optional<std::string> process_name(const ProcessNamesConfig& names, Role role, int number) {
  std::string name = names.all;
  if (role == Role::Master && !names.master.empty()) name = names.master;
  const bool is_decorated = !names.prefix.empty() || !names.suffix.empty();
  if (name.empty() && !names.automatic && !is_decorated) return std::nullopt;
  if (name.empty()) name = automatic_name(role, number);
  return names.prefix + name + names.suffix;
}

}  // namespace penstock::config
