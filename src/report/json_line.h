// SPDX-License-Identifier: MIT
// A request as one JSON object: --log-json, or a --log-format of its own with these names.
#pragma once

#include <string>
#include <string_view>

#include "report/line.h"

namespace penstock::report {

/// Needs "uri", "status" and one of "micros", "msecs" and "secs"; other names that it does not
/// know are passed over. False: it is no such object. `method` and `uri` hold what had escapes.
bool read_json_line(std::string_view text, Line& line, std::string& method, std::string& uri);

}  // namespace penstock::report
