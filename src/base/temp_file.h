// SPDX-License-Identifier: MIT
// A file without a name, for what does not fit into memory.
#pragma once

#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace penstock {

/// Opens an empty read-write file in `directory` that no other process can find and that vanishes
/// with its descriptor. The error names the directory.
Result<Fd> open_unlinked_file(const std::string& directory);

}  // namespace penstock
