// SPDX-License-Identifier: MIT
// Memory kept back for our own allocations. Where the app has taken all that the process may have,
// Python tells it so by MemoryError; an allocation of ours that failed would end the process.
#pragma once

namespace penstock::memory_reserve {

/// Keeps the reserve, and uses it up when `new` fails. Once a process, while it has one thread.
void keep();

/// Fills it up again if it was used and there is memory now. Cheap; any thread.
void renew();

}  // namespace penstock::memory_reserve
