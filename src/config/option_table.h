// SPDX-License-Identifier: MIT
// The one table of options. To add an option, add a row to the section it belongs to
// (options_*.cc) and its field to config.h; parsing, environment, --help and docs/options.md
// follow.
#pragma once

#include <span>
#include <string_view>

#include "config/option.h"

namespace penstock::config {

/// Rows that belong together.
struct Section {
  std::string_view title;
  std::span<const Option> options;
  bool names_only = false;  // in --help
};

/// The whole table, in the order of --help.
std::span<const Section> sections();

/// The row that has `name` among its names, or null.
const Option* find_option(std::string_view name);

/// The row with the short letter, or null.
const Option* find_letter(char letter);

}  // namespace penstock::config
