// SPDX-License-Identifier: MIT
// uWSGI's ini files: [section], name = value, bare names, comments that begin a line with # or ;.
// No quotes, no continued lines, no comments after a value.
#pragma once

#include <string_view>

#include "config/document.h"

namespace penstock::config {

/// The entries of all sections called `section`. A section that is not there is an error.
Parsed<Entries> parse_ini(std::string_view text, std::string_view section);

}  // namespace penstock::config
