// SPDX-License-Identifier: MIT
// The master: owns the versions of the app that run, mostly one, and turns signals into their
// life. Serves nothing itself, and has one thread.
#pragma once

#include <memory>
#include <vector>

#include "net/loop.h"
#include "supervisor/autoreload.h"
#include "supervisor/doorbell.h"
#include "supervisor/generation.h"
#include "supervisor/housekeeping.h"
#include "supervisor/listeners.h"
#include "supervisor/observer.h"
#include "supervisor/plan.h"
#include "supervisor/signals.h"
#include "supervisor/stats_server.h"
#include "supervisor/upgrade.h"
#include "supervisor/version.h"

namespace penstock::supervisor {

class Master final : private Generation::Owner, private Commands {
 public:
  struct Settings {
    Plan plan;
    Planner replan;
    Housekeeping::Settings housekeeping;
    std::vector<StatsListener> stats_listeners;
    Startup startup;
    sigset_t child_mask{};  // the signal mask of children
    Heritage heritage;
  };

  static Result<std::unique_ptr<Master>> create(Settings settings, Listeners listeners);
  Master(const Master&) = delete;
  Master& operator=(const Master&) = delete;
  ~Master() = default;

  /// Serves until a signal ends it. Returns the exit code; no child is left then.
  int run();

  /// Reads the configuration again and starts the next version beside the one that serves, which
  /// goes when the next one serves, and stays if that fails.
  void reload() override;

  /// Replaces the workers one after the other, by forks of the app as it was imported.
  void reload_workers() override;

  /// Starts the program anew, by its path, beside this process, which ends when the new one serves
  /// and goes on if that fails.
  void upgrade();

  /// Finishes what runs and ends.
  void stop() override;
  /// Ends without waiting for anything.
  void kill() override;

  /// The version that serves, or is the first to start.
  Version& version() { return *current_; }

  /// What the whole server does now.
  stats::Snapshot look();

 private:
  Master(Settings settings, std::unique_ptr<net::Loop> loop);

  void on_signal(int signal);
  Result<> open_stats(std::vector<StatsListener> listeners);
  std::vector<Version*> versions();
  void reap();
  void start_next();
  void retire_current();
  void end(WorkerProcess::Resting resting);
  std::vector<NamedSocket> sockets() const;
  void hand_over();

  void toggle_pause() override;
  void change_workers(int by) override;
  void log_stats() override;
  void output_became(int fd) override;
  bool is_healthy() override;

  void worker_serving(Generation& generation, int number) override;
  void generation_serving(Generation& generation) override;
  void generation_failed(Generation& generation, int exit_code) override;
  void generation_asleep(Generation& generation) override;
  void generation_gone(Generation& generation) override;

  const Planner replan_;
  const sigset_t child_mask_;
  std::unique_ptr<net::Loop> loop_;
  std::unique_ptr<Signals> signals_;
  std::unique_ptr<Version> current_;
  std::unique_ptr<Version> next_;               // starts, to take over
  std::vector<std::unique_ptr<Version>> past_;  // they end
  std::vector<std::unique_ptr<Version>> gone_;  // to be destroyed, not by one of their own events
  std::unique_ptr<Housekeeping> housekeeping_;
  const Startup startup_;
  Heritage heritage_;  // until this program serves
  std::vector<NamedSocket> stats_sockets_;
  std::unique_ptr<Upgrade> upgrade_;  // under way
  bool upgrade_ended_ = false;        // to be destroyed, not by its own event
  std::unique_ptr<service::TreeWatch> sources_;
  Doorbell doorbell_;
  Observer observer_;
  std::unique_ptr<StatsServer> stats_server_;
  bool had_visitors_ = false;  // since a cheap start
  bool reload_asked_ = false;  // once there is no next_, and the current one serves
  bool is_paused_ = false;
  bool is_stopping_ = false;
  SteadyTime stop_since_{};
  bool is_current_gone_ = false;
  bool is_done_ = false;
  int exit_code_ = 0;
};

}  // namespace penstock::supervisor
