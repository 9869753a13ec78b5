// SPDX-License-Identifier: MIT
// `penstock --ping`, as uWSGI has it: a uwsgi packet of modifier 100 that the server answers
// itself.
#pragma once

#include <string>

#include "base/clock.h"
#include "base/result.h"

namespace penstock::console {

/// Succeeds if a server of the uwsgi protocol answers at the address within `patience`.
Result<> ping(const std::string& address, milliseconds patience);

}  // namespace penstock::console
