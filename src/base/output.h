// SPDX-License-Identifier: MIT
// Where this process's output goes.
#pragma once

#include "base/result.h"

namespace penstock {

/// Standard output and error become `fd`, which stays the caller's. In one step each, so what
/// other threads write meanwhile goes to the old or to the new place.
Result<> become_output(int fd);

}  // namespace penstock
