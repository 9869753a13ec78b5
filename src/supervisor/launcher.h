// SPDX-License-Identifier: MIT
// Starts zygotes: the app's own Python with our package, the settings and the sockets.
#pragma once

#include <signal.h>

#include <string>
#include <utility>
#include <vector>

#include "config/config.h"
#include "ipc/boot.h"
#include "supervisor/system.h"

namespace penstock::supervisor {

/// What every zygote of one app gets. The descriptors stay the owner's.
struct ZygoteSettings {
  std::string interpreter;
  std::vector<std::string> packages;  // folders that hold our package, the best first
  std::vector<std::pair<std::string, std::string>> environment;  // besides our own
  config::Settings settings;
  config::Settings placeholders;                  // for uwsgi.opt
  std::vector<std::string> unset;                 // variables that are not inherited
  std::vector<ipc::InheritedListener> listeners;  // by our numbers
  int scoreboard_fd = -1;                         // likewise
  int request_log_fd = 2;                         // likewise
};

/// The real System.
class Launcher final : public System {
 public:
  explicit Launcher(ZygoteSettings settings) : settings_(std::move(settings)) {}

  /// The signal mask of children.
  void set_signal_mask(const sigset_t& mask) { mask_ = mask; }

  SteadyTime now() override { return steady_now(); }
  Result<pid_t> start_zygote(const ipc::Channel& theirs) override;
  Memory memory_of(pid_t pid) override;
  void send_signal(pid_t pid, int signal) override;

 private:
  ZygoteSettings settings_;
  sigset_t mask_{};
};

}  // namespace penstock::supervisor
