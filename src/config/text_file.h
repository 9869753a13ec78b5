// SPDX-License-Identifier: MIT
// Whole text files, as configuration needs them.
#pragma once

#include <string>

#include "base/result.h"

namespace penstock::config {

/// All bytes of the file at `path`, up to 16 MiB. The error names the path.
Result<std::string> read_text_file(const std::string& path);

/// All that can still be read from an open descriptor, which stays open. The error says `name`.
Result<std::string> read_text_from(int descriptor, const std::string& name);

}  // namespace penstock::config
