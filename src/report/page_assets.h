// SPDX-License-Identifier: MIT
// The style sheet and the script of the HTML report.
#pragma once

#include <string_view>

namespace penstock::report {

extern const std::string_view kPageStyle;

/// Tips beside the pointer, sorting and filtering of the routes, rows that open. Without it the
/// page shows the same numbers.
extern const std::string_view kPageScript;

}  // namespace penstock::report
