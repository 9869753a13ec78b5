// SPDX-License-Identifier: MIT
// From the settings as they were written, with files to read, logic and placeholders, to the plain
// settings that build() takes.
#pragma once

#include <string>

#include "base/result.h"
#include "config/conditions.h"
#include "config/config.h"

namespace penstock::config {

/// Reads each file where it is named (what is inherited, at the end), follows if and for, and then
/// replaces $(ENVIRONMENT), @(file) and %(placeholder) in all values. %(name) is the first value of
/// the name, but what the command line sets comes before all others. A name in a file that is no
/// option is an error, unless it is used as a placeholder. Those that are go to `placeholders`.
Result<Settings> expand(const Settings& written, Start start = Start::First,
                        Settings* placeholders = nullptr);

/// The settings as an ini file.
std::string show(const Settings& settings);

}  // namespace penstock::config
