// SPDX-License-Identifier: MIT
// `penstock spawn-fcgi`: starts FastCGI programs on sockets that it opens, with spawn-fcgi's
// command line, and keeps them running where it stays in the foreground.
#pragma once

#include <string>

namespace penstock::spawnfcgi {

/// Returns the exit code: spawn-fcgi's. `argv` begins with the subcommand's name. `python_path`:
/// a folder that programs are to find Python packages in; may be empty.
int run(int argc, char* const* argv, const std::string& python_path);

}  // namespace penstock::spawnfcgi
