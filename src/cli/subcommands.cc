// SPDX-License-Identifier: MIT
#include "cli/subcommands.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>

#include "base/log.h"
#include "base/result.h"
#include "console/commands.h"
#include "report/command.h"
#include "spawnfcgi/spawn_fcgi.h"
#include "supervisor/generation.h"
#include "supervisor/interpreter.h"

namespace penstock::cli {
namespace {

/// The folder for PYTHONPATH that holds our stand-ins for other packages.
Result<std::string> compat_path() {
  const auto around = TRY(supervisor::Surroundings::of_this_process());
  const std::vector<std::string> packages = TRY(supervisor::find_packages(around));
  return packages.front() + "/penstock/compat";
}

int print_compat_path(int argc, char* const* argv) {
  if (argc > 1) {
    log::error("{} takes no argument: {}", argv[0], argv[1]);
    return supervisor::kBadConfiguration;
  }
  const auto path = compat_path();
  if (path && std::puts(path->c_str()) >= 0 && std::fflush(stdout) == 0) return 0;
  log::error("{}", path ? "standard output cannot be written to" : path.error().what);
  return supervisor::kBadConfiguration;
}

/// Programs in other languages need no Python package, so that one may be missing.
int spawn_fcgi(int argc, char* const* argv) {
  return spawnfcgi::run(argc, argv, compat_path().value_or(""));
}

constexpr std::array kSubcommands{
    Subcommand{"compat-path", print_compat_path},
    Subcommand{"report", report::run},
    Subcommand{"spawn-fcgi", spawn_fcgi},
    Subcommand{"status", console::status},
    Subcommand{"top", console::top},
};

}  // namespace

const Subcommand* find_subcommand(int argc, char* const* argv) {
  if (argc < 2) return nullptr;
  const std::string_view name = argv[1];
  const auto* const found =
      std::find_if(kSubcommands.begin(), kSubcommands.end(),
                   [name](const Subcommand& subcommand) { return subcommand.name == name; });
  return found == kSubcommands.end() ? nullptr : found;
}

}  // namespace penstock::cli
