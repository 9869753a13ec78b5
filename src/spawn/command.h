// SPDX-License-Identifier: MIT
// What is to be started. Data only.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace penstock::spawn {

/// Who a program runs as. Supplementary groups are replaced, never kept.
struct Identity {
  uid_t user = 0;
  gid_t group = 0;
  std::vector<gid_t> groups;
};

/// What a program is made the leader of. It always leads a process group: that is how the
/// processes that it starts can be ended with it.
enum class Leads : std::uint8_t { Group, Session };

struct Command {
  std::vector<std::string> arguments;    // argv; not empty
  std::vector<std::string> programs;     // paths to try in this order (see search_path.h)
  std::vector<std::string> environment;  // "NAME=value"
  std::string directory;                 // to run in; empty: this process's
  /// Descriptors of this process that become the program's 0, 1 and 2.
  std::array<int, 3> standard = {0, 1, 2};
  /// Descriptors of this process that the program gets under the same numbers. It gets no others.
  std::vector<int> pass_fds;
  Leads leads = Leads::Group;
  bool ends_with_parent = false;  // SIGTERM when the thread that started it ends, however it does
  std::optional<Identity> identity;
  std::optional<std::uint64_t> address_space;  // bytes
  std::optional<std::uint64_t> cpu_seconds;    // SIGXCPU then, SIGKILL one second later
};

}  // namespace penstock::spawn
