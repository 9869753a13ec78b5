// SPDX-License-Identifier: MIT
// penstock.toml, read by toml++: [[listen]], [app.NAME], and options of the server before both.
#pragma once

#include <string_view>

#include "config/document.h"

namespace penstock::config {

/// The entries are options by their long names, in the order of their lines. Keys are those names
/// with underscores. Unknown keys and tables are errors that tell the nearest one.
Parsed<Entries> parse_toml(std::string_view text);

}  // namespace penstock::config
