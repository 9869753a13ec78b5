// SPDX-License-Identifier: MIT
// YAML files, read by libyaml: a mapping under the section's name, of scalars and lists of them.
#pragma once

#include <string_view>

#include "config/document.h"

namespace penstock::config {

/// A list gives an entry for each item. Scalars are taken as written; null is a bare name.
Parsed<Entries> parse_yaml(std::string_view text, std::string_view section);

}  // namespace penstock::config
