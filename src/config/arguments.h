// SPDX-License-Identifier: MIT
// uWSGI's command lines are getopt's. This gives them the one shape that CLI11 reads in the same
// way: every option for itself, every value a word of its own.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace penstock::config {

/// "-Mp4 --chmod-socket" becomes "-M -p 4 --chmod-socket 666". Unknown options, positional
/// arguments and all after "--" stay as they are. The error names an option that lacks its value.
Result<std::vector<std::string>> in_plain_form(const std::vector<std::string>& arguments);

}  // namespace penstock::config
