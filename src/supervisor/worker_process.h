// SPDX-License-Identifier: MIT
// One numbered place for a worker and the process that fills it: started, watched, stopped and
// started again. What it may do next depends on its state alone.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "ipc/channel.h"
#include "net/loop.h"
#include "stats/recycle_reason.h"
#include "stats/scoreboard.h"
#include "supervisor/alarm.h"
#include "supervisor/back_off.h"
#include "supervisor/system.h"

namespace penstock::supervisor {

class WorkerProcess final : public net::Watcher {
 public:
  enum class State {
    Absent,    // no process, and none is wanted
    Waiting,   // wanted: when its delay is over and a zygote is up
    Forking,   // a zygote was asked
    Starting,  // it runs, but does not accept yet
    Serving,
    Stopping,  // asked to finish; its process may not be known yet
  };

  class Owner {
   public:
    /// It waits and its delay is over: answer with forking(), now or later.
    virtual void worker_due(WorkerProcess& worker) = 0;
    virtual void worker_serving(WorkerProcess& worker) = 0;
    /// It serves, but asks for a successor.
    virtual void worker_asks_for_successor(WorkerProcess& worker, stats::RecycleReason reason) = 0;
    /// It ended unasked; it is Absent now. True: wanted again, in the same slot.
    virtual bool worker_died(WorkerProcess& worker, pid_t pid, int status) = 0;
    /// It ended as asked, and is Absent now.
    virtual void worker_buried(WorkerProcess& worker) = 0;

   protected:
    ~Owner() = default;
  };

  struct Settings {
    int number = 1;
    std::size_t slot = 1;      // of the scoreboard
    int cores = 1;             // app threads, for the log
    milliseconds grace = 60s;  // for what runs when it is to stop
  };
  /// All outlive the worker.
  struct Surroundings {
    net::Loop& loop;
    System& system;
    Owner& owner;
    stats::Scoreboard& scoreboard;
  };

  WorkerProcess(Settings settings, Surroundings around);
  WorkerProcess(const WorkerProcess&) = delete;
  WorkerProcess& operator=(const WorkerProcess&) = delete;
  ~WorkerProcess() { close_channel(); }

  int number() const { return settings_.number; }
  std::size_t slot() const { return settings_.slot; }
  State state() const { return state_; }
  pid_t pid() const { return pid_; }  // 0: none, or not known yet
  bool is_due() const { return state_ == State::Waiting && !delay_.armed(); }
  /// A zygote was asked and has not answered yet.
  bool awaits_fork() const { return awaits_fork_; }

  /// How long it has been serving.
  nanoseconds age() const;

  /// From Absent to Waiting, without a delay.
  void want();

  /// A zygote is about to be asked; `ours` is the master's end of the new worker's channel.
  void forking(ipc::Channel ours);
  void forked(pid_t pid);
  /// The fork failed, or the zygote could not even be asked.
  void could_not_fork();
  /// The zygote died; if it was asked for a fork, the answer will not come.
  void zygote_lost();

  /// What becomes of connections that rest when it stops.
  enum class Resting { End, HaveAMoment };
  /// Asks it to finish within the grace; then it is killed.
  void stop(Resting resting = Resting::End);
  void kill();

  /// Sends a message, if there is a process to take it.
  void tell(const ipc::Message& message, int descriptor);

  /// It was waited for.
  void exited(int status);

 private:
  void on_ready(std::uint32_t events) override {
    drain();
    static_cast<void>(events);
  }
  void drain();
  void take(const ipc::Message& message);
  void became_ready();
  void wait(milliseconds delay);
  void clear();
  void close_channel();
  void lose_patience();

  const Settings settings_;
  Surroundings around_;
  stats::WorkerSlot& board_;
  State state_ = State::Absent;
  pid_t pid_ = 0;
  ipc::Channel channel_;
  bool awaits_fork_ = false;
  bool ready_early_ = false;  // it was ready before its process was known
  bool ran_before_ = false;
  std::optional<SteadyTime> ready_since_;
  SteadyTime stop_since_{};
  BackOff back_off_;
  Alarm delay_;
  Alarm impatience_;
};

}  // namespace penstock::supervisor
