// SPDX-License-Identifier: MIT
// The option table for people: --help, and the reference docs/options.md.
#pragma once

#include <string>

namespace penstock::config {

/// For a terminal of 100 columns; ends with a line feed.
std::string help_text();

/// Markdown, all of docs/options.md.
std::string reference_text();

}  // namespace penstock::config
