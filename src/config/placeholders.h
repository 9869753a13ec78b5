// SPDX-License-Identifier: MIT
// What uWSGI replaces in values: $(ENVIRONMENT), @(file) and %(placeholder).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace penstock::config {

/// The value of an option or placeholder, if there is one.
using Lookup = std::function<Result<std::optional<std::string>>(std::string_view name)>;

/// $(NAME) becomes the environment variable; one that is not set stays as it is.
std::string replace_variables(std::string_view text);

/// @(path) becomes the file's text without the line feeds at its end.
Result<std::string> replace_files(std::string_view text);

/// %(name) becomes the value; an unknown name stays as it is. With blanks between the parentheses
/// stand names, numbers and + - * / ++ --, from left to right; values without an operator between
/// them are joined as texts: %(processes * 2).
Result<std::string> replace_placeholders(std::string_view text, const Lookup& lookup);

}  // namespace penstock::config
