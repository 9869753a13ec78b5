// SPDX-License-Identifier: MIT
// Local time as text.
#pragma once

#include <cstdint>
#include <string>

namespace penstock {

/// `second` since the epoch by a format of strftime(3); empty where that gives more than 127 bytes.
std::string local_time(const char* format, std::int64_t second);

}  // namespace penstock
