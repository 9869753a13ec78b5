// SPDX-License-Identifier: MIT
// The one table of options, joined from its sections.
#include "config/option_table.h"

#include <array>
#include <map>

#include "config/option_sections.h"

namespace penstock::config {
namespace {

std::map<std::string_view, const Option*> by_name() {
  std::map<std::string_view, const Option*> index;
  for (const Section& section : sections())
    for (const Option& option : section.options)
      for (const std::string_view name : option.all_names())
        index.emplace(name, &option);
  return index;
}

}  // namespace

std::span<const Section> sections() {
  static const std::array all{app_section(),       sockets_section(),     processes_section(),
                              recycling_section(), elastic_section(),     request_times_section(),
                              resources_section(), limits_section(),      timeouts_section(),
                              logging_section(),   stats_section(),       service_section(),
                              log_files_section(), log_targets_section(), files_section(),
                              logic_section(),     general_section(),     compatibility_section()};
  return all;
}

const Option* find_option(std::string_view name) {
  static const std::map<std::string_view, const Option*> index = by_name();
  const auto found = index.find(name);
  return found == index.end() ? nullptr : found->second;
}

const Option* find_letter(char letter) {
  for (const Section& section : sections())
    for (const Option& option : section.options)
      if (option.letter == letter) return &option;
  return nullptr;
}

}  // namespace penstock::config
