// SPDX-License-Identifier: MIT
// The environment of a program that is to be started: entries "NAME=value".
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace penstock {

/// A copy of this process's own. Not while another thread changes that.
std::vector<std::string> current_environment();

/// The value of a variable, a view into its entry.
std::optional<std::string_view> find_variable(const std::vector<std::string>& environment,
                                              std::string_view name);

/// Replaces or adds a variable.
void set_variable(std::vector<std::string>& environment, std::string_view name,
                  std::string_view value);
void remove_variable(std::vector<std::string>& environment, std::string_view name);

}  // namespace penstock
