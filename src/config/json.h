// SPDX-License-Identifier: MIT
// JSON files, read by nlohmann's library: an object under the section's name, of values and arrays.
#pragma once

#include <string_view>

#include "config/document.h"

namespace penstock::config {

/// An array gives an entry for each item; null is a bare name. Only errors of syntax know a line.
Parsed<Entries> parse_json(std::string_view text, std::string_view section);

}  // namespace penstock::config
