// SPDX-License-Identifier: MIT
// Going into the background, with somebody left in front who says how the start went.
#pragma once

#include <variant>

#include "base/fd.h"
#include "base/result.h"

namespace penstock::service {

/// In the daemon: what tells the process that the user has started. That one waits for a failing
/// daemon's end, so everything is in the log when the user looks; a daemon that ends without a word
/// has failed.
class StartReport {
 public:
  /// Nobody waits.
  StartReport() = default;
  explicit StartReport(Fd pipe) : pipe_(std::move(pipe)) {}
  StartReport(StartReport&&) noexcept = default;
  StartReport& operator=(StartReport&&) noexcept = default;
  /// Unless all went well, the pipe stays open until the process ends.
  ~StartReport() { static_cast<void>(pipe_.release()); }

  /// The start is over; `exit_code` becomes that of the waiting process. Only the first counts.
  void send(int exit_code);

 private:
  Fd pipe_;
  bool is_sent_ = false;
};

/// Goes on in a new process of a session of its own, whose standard input is /dev/null. Standard
/// output and error stay. Returns there with a report; in the old process, once the daemon has
/// reported or died, with the exit code, which is 1 if it died. The caller has one thread.
Result<std::variant<StartReport, int>> daemonize();

}  // namespace penstock::service
