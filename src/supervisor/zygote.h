// SPDX-License-Identifier: MIT
// The process that has imported the app and forks workers, as the master sees it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "ipc/channel.h"
#include "net/loop.h"
#include "supervisor/alarm.h"
#include "supervisor/system.h"

namespace penstock::supervisor {

class Zygote final : public net::Watcher {
 public:
  enum class State {
    Down,      // no process
    Loading,   // it starts and imports the app
    Up,        // it forks
    Stopping,  // told to go, or of no use any more
  };

  /// How a zygote ended.
  struct Death {
    pid_t pid = 0;
    int status = 0;                  // as of waitpid(2)
    bool app_failed = false;         // it said that the import failed
    std::optional<nanoseconds> age;  // since it was up; nothing if it never was
  };

  class Owner {
   public:
    virtual void zygote_up() = 0;
    virtual void zygote_forked(std::size_t slot, pid_t pid) = 0;
    virtual void zygote_could_not_fork(std::size_t slot, int error) = 0;
    /// It is Down now and may be started again.
    virtual void zygote_down(const Death& death) = 0;

   protected:
    ~Owner() = default;
  };

  /// All outlive the zygote.
  Zygote(net::Loop& loop, System& system, Owner& owner);
  Zygote(const Zygote&) = delete;
  Zygote& operator=(const Zygote&) = delete;
  ~Zygote() { close_channel(); }

  State state() const { return state_; }
  pid_t pid() const { return pid_; }

  /// From Down to Loading.
  Result<> start();

  /// Asks for a fork, when Up. `slot` of the scoreboard is to be the worker's; `theirs` is its end
  /// of its channel to the master.
  Result<> fork_worker(int worker, std::size_t slot, const ipc::Channel& theirs);

  /// Sends a message, if it is not on its way out.
  void tell(const ipc::Message& message, int descriptor);

  /// Ends it: gently once it is up, since an import cannot be asked to stop.
  void stop();
  void kill();

  /// Takes what it has sent. Before any conclusion from the end of a process.
  void drain();

  /// It was waited for.
  void exited(int status);

 private:
  void on_ready(std::uint32_t events) override {
    drain();
    static_cast<void>(events);
  }
  void take(const ipc::Message& message);
  void close_channel();

  static constexpr milliseconds kPatience = 2000ms;  // between its end of file and its end

  net::Loop& loop_;
  System& system_;
  Owner& owner_;
  State state_ = State::Down;
  pid_t pid_ = 0;
  ipc::Channel channel_;
  bool app_failed_ = false;
  std::optional<SteadyTime> up_since_;
  Alarm impatience_;
};

}  // namespace penstock::supervisor
