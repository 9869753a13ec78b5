// SPDX-License-Identifier: MIT
// A zygote and the workers that came from it: one version of the app. The workers do not depend
// on the life of the zygote; a dead one is replaced while they serve on.
#pragma once

#include <sys/types.h>

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "net/loop.h"
#include "stats/scoreboard.h"
#include "supervisor/alarm.h"
#include "supervisor/back_off.h"
#include "supervisor/system.h"
#include "supervisor/worker_process.h"
#include "supervisor/zygote.h"

namespace penstock::supervisor {

/// Exit codes, uWSGI's.
inline constexpr int kBadConfiguration = 1;
inline constexpr int kNoApp = 22;

class Generation final : private Zygote::Owner, private WorkerProcess::Owner {
 public:
  class Owner {
   public:
    /// Every worker has been ready once.
    virtual void generation_serving() = 0;
    /// It could not start and ends now. `exit_code`: what the server should exit with.
    virtual void generation_failed(int exit_code) = 0;
    /// After stop(), kill() or a failure: no process of it is left.
    virtual void generation_gone() = 0;

   protected:
    ~Owner() = default;
  };

  struct Settings {
    int workers = 1;
    int cores = 1;
    milliseconds grace = 60s;
  };
  /// All outlive the generation; `scoreboard` has a slot for each worker.
  struct Surroundings {
    net::Loop& loop;
    System& system;
    Owner& owner;
    stats::Scoreboard& scoreboard;
  };

  Generation(Settings settings, Surroundings around);
  Generation(const Generation&) = delete;
  Generation& operator=(const Generation&) = delete;
  virtual ~Generation() = default;

  void start();

  /// Lets every worker finish what it does, within the grace.
  void stop();
  void kill();

  /// Takes the end of any process; those that are not its own are left alone.
  void exited(pid_t pid, int status);

  const Zygote& zygote() const { return zygote_; }
  const WorkerProcess& worker(int number) const {
    return *workers_[static_cast<std::size_t>(number) - 1];
  }

 private:
  void zygote_up() override;
  void zygote_forked(int worker, pid_t pid) override;
  void zygote_could_not_fork(int worker, int error) override;
  void zygote_down(const Zygote::Death& death) override;
  void worker_due(WorkerProcess& worker) override;
  void worker_serving(WorkerProcess& worker) override;
  bool worker_died(WorkerProcess& worker, pid_t pid, int status) override;
  void worker_buried(WorkerProcess& worker) override;

  void start_zygote();
  void restart_zygote(const Zygote::Death& death);
  void fork(WorkerProcess& worker);
  WorkerProcess* find(int number);
  bool forks_are_pending() const;
  void fail(int exit_code);
  void settle();

  const Settings settings_;
  Surroundings around_;
  Zygote zygote_;
  std::vector<std::unique_ptr<WorkerProcess>> workers_;
  std::vector<bool> served_;  // which workers have been ready once
  bool app_was_loaded_ = false;
  bool is_serving_ = false;
  bool is_stopping_ = false;
  bool is_gone_ = false;
  BackOff zygote_back_off_;
  Alarm zygote_delay_;
  // Workers that ended before the zygote said that it had forked them.
  std::map<pid_t, int> early_deaths_;
};

}  // namespace penstock::supervisor
