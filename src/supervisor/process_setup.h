// SPDX-License-Identifier: MIT
// What the master changes about its own process.
#pragma once

namespace penstock::supervisor {

/// Descriptors 0 to 2 are open; as many may be open as the administrator allows; a closed pipe is
/// an error, not a signal; orphans of our children become our children. Call it first.
void prepare_process();

/// What this process inherited is closed in the programs that it starts, unless it is passed on
/// purpose. Call it when the listening sockets that were inherited have been adopted.
void keep_descriptors_from_children();

}  // namespace penstock::supervisor
