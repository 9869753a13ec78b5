// SPDX-License-Identifier: MIT
// A zygote and the workers that came from it: one version of the app. The workers do not depend
// on the life of the zygote; a dead one is replaced while they serve on. A worker that is replaced
// serves until its successor does.
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
#include "supervisor/elasticity.h"
#include "supervisor/places.h"
#include "supervisor/recycling.h"
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
    /// One of its workers has become ready.
    virtual void worker_serving(Generation& generation, int number) = 0;
    /// Every worker that it began with has been ready once.
    virtual void generation_serving(Generation& generation) = 0;
    /// It could not start and ends now. `exit_code`: what the server should exit with.
    virtual void generation_failed(Generation& generation, int exit_code) = 0;
    /// No request came for long: every worker ends, and wake() starts them again.
    virtual void generation_asleep(Generation& generation) = 0;
    /// After stop(), kill() or a failure: no process of it is left.
    virtual void generation_gone(Generation& generation) = 0;

   protected:
    ~Owner() = default;
  };

  struct Settings {
    int workers = 1;  // the most
    int cores = 1;
    milliseconds grace = 60s;
    /// The first workers start one after the other, as each takes the place of one of another
    /// generation.
    bool one_at_a_time = false;
    config::RecycleConfig recycle;
    config::ElasticConfig elastic;
    /// So long after the time limit of a request its worker, which should have done something
    /// about it, counts as hung and is killed; 0: never.
    milliseconds hung_after{0};
  };
  /// All outlive the generation. `scoreboard` has scoreboard_slots() slots.
  struct Surroundings {
    net::Loop& loop;
    System& system;
    Owner& owner;
    stats::Scoreboard& scoreboard;
  };
  /// For a worker, its successor, and one that has been replaced and finishes.
  static std::size_t scoreboard_slots(const Settings& settings) {
    return 3 * static_cast<std::size_t>(settings.workers) + 1;
  }

  Generation(Settings settings, Surroundings around);
  Generation(const Generation&) = delete;
  Generation& operator=(const Generation&) = delete;
  virtual ~Generation() = default;

  void start();

  /// Lets every worker finish what it does, within the grace.
  void stop(WorkerProcess::Resting resting = WorkerProcess::Resting::End);
  void kill();

  /// Replaces a worker, if it serves: successor first. Each, one after the other: roll().
  void replace(int number, stats::RecycleReason reason);
  void roll(stats::RecycleReason reason);

  /// Ends a worker for good: another generation has taken its place.
  void release(int number);

  /// One worker more or fewer than now, within 1 and the most.
  void grow(int count);
  void shrink(int count);

  /// After generation_asleep(): somebody wants to connect.
  void wake();
  bool is_asleep() const { return is_asleep_; }

  /// Takes the end of any process; those that are not its own are left alone.
  void exited(pid_t pid, int status);

  /// Sends every process of it a message. `descriptor` may be -1.
  void tell_all(const ipc::Message& message, int descriptor);

  const Zygote& zygote() const { return zygote_; }
  const Places& places() const { return places_; }
  /// The process that fills a place; there must be one.
  const WorkerProcess& worker(int number) const { return *places_.at(number).current; }
  bool is_serving() const { return is_serving_; }
  /// Whether any of its workers has been ready, so that it may have requests.
  bool has_served() const;

 private:
  struct Due {
    int number;
    pid_t pid;
    stats::RecycleReason reason;
    SteadyTime from;
  };

  void zygote_up() override;
  void zygote_forked(std::size_t slot, pid_t pid) override;
  void zygote_could_not_fork(std::size_t slot, int error) override;
  void zygote_down(const Zygote::Death& death) override;
  void worker_due(WorkerProcess& worker) override;
  void worker_serving(WorkerProcess& worker) override;
  void worker_asks_for_successor(WorkerProcess& worker, stats::RecycleReason reason) override;
  bool worker_died(WorkerProcess& worker, pid_t pid, int status) override;
  void worker_buried(WorkerProcess& worker) override;

  void start_zygote();
  void restart_zygote(const Zygote::Death& death);
  bool begin(int number);
  std::unique_ptr<WorkerProcess> make_worker(int number);
  void begin_next();
  void fork(WorkerProcess& worker);
  Result<> ask_for_fork(WorkerProcess& worker);
  void begin_successor(const Due& due);
  void begin_successors();
  void tick();
  void look_at(WorkerProcess& worker);
  bool is_hung(const WorkerProcess& worker) const;
  void adjust_number();
  Census take_census();
  bool is_busy(std::size_t slot, std::uint64_t interval);
  void fall_asleep();
  void fail(int exit_code);
  void settle();

  const Settings settings_;
  Surroundings around_;
  Zygote zygote_;
  Places places_;
  Elasticity elasticity_;
  int beginning_ = 0;  // places that were to be filled at the start
  int begun_ = 0;      // of them
  std::vector<bool> served_;
  bool app_was_loaded_ = false;
  bool is_serving_ = false;
  bool is_asleep_ = false;
  bool is_stopping_ = false;
  bool is_gone_ = false;
  BackOff zygote_back_off_;
  Alarm zygote_delay_;
  std::vector<Due> dues_;  // workers to be replaced
  Alarm due_alarm_;
  Alarm tick_;
  std::uint64_t requests_seen_ = 0;
  std::vector<std::uint64_t> running_time_seen_;  // of each slot
  SteadyTime census_at_{};
  // Workers that ended before the zygote said that it had forked them.
  std::map<pid_t, int> early_deaths_;
};

}  // namespace penstock::supervisor
