// SPDX-License-Identifier: MIT
// What log encoders make of a line. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "config/log_targets.h"

namespace penstock::service {

/// `line` and the result are without a line feed at their end. `micros` is now, since 1970.
std::string encode(const config::LogEncoder& encoder, std::string_view line, std::int64_t micros);

}  // namespace penstock::service
