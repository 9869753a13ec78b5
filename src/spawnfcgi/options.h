// SPDX-License-Identifier: MIT
// The command line of spawn-fcgi, as the program of that name reads it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace penstock::spawnfcgi {

/// Where one listening socket is to be.
struct Place {
  std::string path;     // -s: of a UNIX socket; empty: TCP
  std::string address;  // -a: an IP address
  std::uint16_t port = 0;
};

struct Options {
  std::vector<Place> places;         // of one kind; not empty
  std::vector<std::string> program;  // its argv; what -f names goes through the shell
  std::string directory;             // -d
  int children = 1;                  // -F: for each place
  std::optional<int> php_children;   // -C
  int backlog = 1024;                // -b
  std::string pid_file;              // -P
  bool foreground = false;           // -n
  std::optional<mode_t> mode;        // -M: of UNIX sockets
  // For root only; empty for others.
  std::string root;           // -c
  bool bind_outside = false;  // -S: before the change of root
  std::string user, group;    // -u, -g
  std::string owner_user;     // -U, -G: of UNIX sockets
  std::string owner_group;
};

/// What the command line asks for.
struct Request {
  enum class Kind { Spawn, Help, Version };
  Kind kind = Kind::Spawn;
  int exit_code = 0;  // after Help
  Options options;    // for Spawn
};

/// Reads `argv`, whose first word names the program in getopt's own complaints on standard error.
/// `is_root`: the options for root count; else they are left out, as by spawn-fcgi.
Result<Request> parse(int argc, char* const* argv, bool is_root);

std::string help_text();

}  // namespace penstock::spawnfcgi
