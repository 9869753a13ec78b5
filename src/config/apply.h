// SPDX-License-Identifier: MIT
// Puts one setting into a Config.
#pragma once

#include "base/result.h"
#include "config/option.h"

namespace penstock::config {

/// `plain`: what sockets speak whose option names no protocol. The error says option, value, what
/// is allowed, and where it was written.
Result<> apply(const Option& option, const Setting& setting, Protocol plain, Config& config);

}  // namespace penstock::config
