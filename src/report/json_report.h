// SPDX-License-Identifier: MIT
// The report as one JSON object, for programs. Times are in microseconds.
#pragma once

#include <cstddef>
#include <string>

#include "report/summary.h"

namespace penstock::report {

std::string json_report(const Summary& summary, std::size_t routes);

}  // namespace penstock::report
