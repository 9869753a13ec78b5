// SPDX-License-Identifier: MIT
// A result as one JSON object on one line.
#pragma once

#include <string>

#include "load/driver.h"

namespace penstock::bench {

std::string to_json(const LoadResult& result);

}  // namespace penstock::bench
