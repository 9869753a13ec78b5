// SPDX-License-Identifier: MIT
// The master: owns sockets, scoreboard and the generation of workers, and turns signals into
// their life. Serves nothing itself, and has one thread.
#pragma once

#include <memory>
#include <vector>

#include "net/loop.h"
#include "stats/scoreboard.h"
#include "supervisor/generation.h"
#include "supervisor/launcher.h"
#include "supervisor/listeners.h"
#include "supervisor/notify.h"
#include "supervisor/signals.h"

namespace penstock::supervisor {

class Master final : private Generation::Owner {
 public:
  struct Settings {
    Generation::Settings generation;
    ZygoteSettings zygote;  // the master fills in the descriptors
    Notifier notifier;
  };

  static Result<std::unique_ptr<Master>> create(Settings settings,
                                                std::vector<BoundListener> listeners);
  Master(const Master&) = delete;
  Master& operator=(const Master&) = delete;
  ~Master() = default;

  /// Serves until a signal ends it. Returns the exit code; no child is left then.
  int run();

 private:
  Master(Settings settings, std::vector<BoundListener> listeners, std::unique_ptr<net::Loop> loop,
         stats::Scoreboard scoreboard);

  void on_signal(int signal);
  void reap();
  void stop();
  void generation_serving() override;
  void generation_failed(int exit_code) override;
  void generation_gone() override;

  std::vector<BoundListener> listeners_;
  Notifier notifier_;
  std::unique_ptr<net::Loop> loop_;
  stats::Scoreboard scoreboard_;
  Launcher launcher_;
  std::unique_ptr<Signals> signals_;
  Generation generation_;
  bool is_stopping_ = false;
  SteadyTime stop_since_{};
  bool is_done_ = false;
  int exit_code_ = 0;
};

}  // namespace penstock::supervisor
