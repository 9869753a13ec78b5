// SPDX-License-Identifier: MIT
// What a new zygote needs to know, passed in a sealed memfd on descriptor kBootFd: settings,
// listening sockets and the scoreboard.
#pragma once

#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "config/config.h"

namespace penstock::ipc {

inline constexpr int kControlFd = 3;  // the zygote's end of its channel to the master
inline constexpr int kBootFd = 4;

/// A listening socket that the process inherits.
struct InheritedListener {
  config::Protocol protocol = config::Protocol::Http;
  int fd = -1;
};

struct Boot {
  config::Settings settings;
  config::Settings placeholders;  // names that are no options, for uwsgi.opt
  std::vector<InheritedListener> listeners;
  int scoreboard_fd = -1;
  int request_log_fd = 2;

  /// A memfd, close-on-exec, at its beginning.
  Result<Fd> write() const;
  static Result<Boot> read(int fd);
};

}  // namespace penstock::ipc
