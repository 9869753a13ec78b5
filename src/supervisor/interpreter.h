// SPDX-License-Identifier: MIT
// Which Python runs the app, and where our own Python package is.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace penstock::supervisor {

/// What the search depends on; a value, so that tests can give another.
struct Surroundings {
  std::string executable;    // our own program, symbolic links resolved
  std::string search_path;   // $PATH
  std::string virtual_env;   // $VIRTUAL_ENV
  std::string package_path;  // $PENSTOCK_PACKAGE_PATH: the folder that holds penstock/

  static Result<Surroundings> of_this_process();
};

/// The interpreter: of `virtualenv` if that is not empty, else the one beside our executable,
/// else that of $VIRTUAL_ENV, else python3 on the search path. Its own symbolic links stay: a
/// virtualenv is found by the name that its interpreter is called by.
Result<std::string> find_interpreter(std::string_view virtualenv, const Surroundings& around);

/// The folders that hold our package, the best first: one per Python version in an installation.
Result<std::vector<std::string>> find_packages(const Surroundings& around);

}  // namespace penstock::supervisor
