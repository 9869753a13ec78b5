// SPDX-License-Identifier: MIT
// What ps and top show of this process.
#pragma once

#include <string_view>

namespace penstock {

/// Replaces the command line of this process, as far as there is room where it stood, and the
/// short name of its main thread. A system that does not let us only keeps the old ones.
void set_process_title(std::string_view title);

}  // namespace penstock
