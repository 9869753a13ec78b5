// SPDX-License-Identifier: MIT
// `penstock NAME …` where it is not a server.
#pragma once

#include <string_view>

namespace penstock::cli {

struct Subcommand {
  std::string_view name;
  /// `argv` begins with the name. Returns the exit code. Nothing of this process was changed yet.
  int (*run)(int argc, char* const* argv);
};

/// The subcommand that `argv` of main() names, or null.
const Subcommand* find_subcommand(int argc, char* const* argv);

}  // namespace penstock::cli
