// SPDX-License-Identifier: MIT
// The report as text for a terminal.
#pragma once

#include <cstddef>
#include <string>

#include "report/summary.h"

namespace penstock::report {

struct TextStyle {
  std::size_t width = 100;  // columns
  bool colours = false;
  std::size_t routes = 20;
};

std::string text_report(const Summary& summary, const TextStyle& style);

}  // namespace penstock::report
