// SPDX-License-Identifier: MIT
// The service manager's notification socket: sd_notify(3) of systemd, without its library.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace penstock::supervisor {

class Notifier {
 public:
  /// Talks to `socket`, a path or "@abstract"; with an empty one send() does nothing.
  explicit Notifier(std::string socket = {}) : socket_(std::move(socket)) {}

  /// What $NOTIFY_SOCKET names. Unsets the variable: it is not meant for our children.
  static Notifier take_from_environment();

  /// Sends one state, e.g. "READY=1". Never waits; a failure is logged and has no effect.
  void send(std::string_view state) const;

 private:
  std::string socket_;
};

}  // namespace penstock::supervisor
