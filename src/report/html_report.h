// SPDX-License-Identifier: MIT
// The report as one HTML page that needs nothing else: plots are SVG in it, light and dark.
#pragma once

#include <cstddef>
#include <string>

#include "report/summary.h"

namespace penstock::report {

std::string html_report(const Summary& summary, std::size_t routes);

}  // namespace penstock::report
