// SPDX-License-Identifier: MIT
// What signals, letters of a named pipe and touched files can ask the master for.
#pragma once

#include <cstdint>

namespace penstock::supervisor {

class Commands {
 public:
  virtual void reload() = 0;
  /// The workers only, one after the other.
  virtual void reload_workers() = 0;
  virtual void stop() = 0;
  /// Without waiting for requests.
  virtual void kill() = 0;
  /// Takes no new connections: they wait. The next time, takes them again.
  virtual void toggle_pause() = 0;
  /// More workers, or fewer, where their number may change.
  virtual void change_workers(int by) = 0;
  /// A line for each worker into the log.
  virtual void log_stats() = 0;
  /// The output of this process has become `fd`, which stays the caller's: so shall that of its
  /// children.
  virtual void output_became(int fd) = 0;
  /// Whether it does what it is there for: if not for long, a service manager should act.
  virtual bool is_healthy() = 0;

 protected:
  ~Commands() = default;
};

}  // namespace penstock::supervisor
