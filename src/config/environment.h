// SPDX-License-Identifier: MIT
// Options from the environment: PENSTOCK_<NAME> and, for uWSGI's sake, UWSGI_<NAME>, in upper
// case with underscores for dashes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"

namespace penstock::config {

struct Environment {
  Settings settings;                  // to be put before those of the command line
  std::vector<std::string> warnings;  // PENSTOCK_ variables that look like a mistyped option
};

/// `variables` is environ(7). UWSGI_ variables come first, so ours win; one that names no option
/// (uWSGI itself sets some) is a placeholder for files. Empty ones of options with a value are
/// left alone.
Environment read_environment(const char* const* variables);

/// "UWSGI_MAX_VARS" for "max-vars" and "UWSGI_".
std::string variable_name(std::string_view prefix, std::string_view option);

}  // namespace penstock::config
