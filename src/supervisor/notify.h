// SPDX-License-Identifier: MIT
// The service manager's notification socket: sd_notify(3) of systemd, without its library.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"

namespace penstock::supervisor {

class Notifier {
 public:
  /// Talks to `socket`, a path or "@abstract"; with an empty one send() does nothing.
  explicit Notifier(std::string socket = {}) : socket_(std::move(socket)) {}

  /// What $NOTIFY_SOCKET names. Unsets the variable: it is not meant for our children.
  static Notifier take_from_environment();

  /// Sends states, e.g. "READY=1\nSTATUS=Serving requests". Never waits; a failure is logged and
  /// has no effect.
  void send(std::string_view state) const;

 private:
  std::string socket_;
};

/// How often the service manager wants to be told that we live (sd_watchdog_enabled(3)), if it
/// does. Unsets the variables.
std::optional<milliseconds> take_watchdog_from_environment();

}  // namespace penstock::supervisor
