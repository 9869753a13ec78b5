// SPDX-License-Identifier: MIT
// The command line, in uWSGI's syntax, read by CLI11 after the option table.
#pragma once

#include "base/result.h"
#include "config/config.h"
#include "config/option.h"

namespace penstock::config {

struct CommandLine {
  Mode mode = Mode::Serve;
  std::string mode_value;  // of a mode's option that has one
  Settings settings;       // in the order written, named as written, from kCommandLine
};

/// Only the syntax and the names are checked here; values are build()'s business. Options and
/// positional arguments may be mixed. A beginning of an option's name is not taken for the option.
Result<CommandLine> parse_command_line(int argc, const char* const* argv);

}  // namespace penstock::config
