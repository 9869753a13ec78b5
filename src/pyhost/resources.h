// SPDX-License-Identifier: MIT
// What the kernel gives to the processes that run the app: memory and processors.
#pragma once

#include "base/result.h"
#include "config/config.h"

namespace penstock::pyhost {

/// Limits this process and those that it forks. What does not serve the app is made small: the
/// stacks of threads, which count as a whole, and the heaps of malloc. Before the app is imported.
Result<> limit_memory(const config::ResourceConfig& resources);

/// Keeps worker `number` (from 1 on) on its processors: the first takes the first `cpus` of those
/// that this process may use, the second the next, and so on, around. For the threads to come.
void choose_processors(const config::ResourceConfig& resources, int number);

}  // namespace penstock::pyhost
