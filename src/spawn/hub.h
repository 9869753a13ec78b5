// SPDX-License-Identifier: MIT
// All programs of one event loop: their pipes, ends and time limits in one epoll set, whose
// descriptor the loop watches. No thread, no SIGCHLD.
#pragma once

#include <memory>
#include <set>
#include <span>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/fd.h"
#include "base/result.h"
#include "spawn/process.h"

namespace penstock::spawn {

/// Used by one thread at a time. Belongs to the process that made it: in a fork it is inert.
class Hub {
 public:
  static Result<std::unique_ptr<Hub>> create();
  ~Hub();
  Hub(const Hub&) = delete;
  Hub& operator=(const Hub&) = delete;

  /// Readable while `turn` has something to do.
  int fd() const { return epoll_.get(); }
  /// /dev/null, open for both.
  int null_fd() const { return null_.get(); }
  std::size_t running() const { return processes_.size(); }

  struct Notice {
    Process* process = nullptr;
    unsigned news = 0;  // kOutput and so on
  };
  /// Does what is ready, a bounded amount of it, and never waits. What it gives is valid until
  /// the next call; processes in it must not be destroyed while it is read.
  std::span<const Notice> turn();

  /// Kills every group and waits for that, two seconds at most. The endings can be read then.
  void close();
  /// In a fork of the owner: lets go of everything and touches nothing that is the parent's.
  void abandon();
  /// This is not a fork of the process that made the hub.
  bool is_ours() const;

 private:
  friend class Process;
  Hub(Fd epoll, Fd timer, Fd null);

  Result<> watch(int fd, std::uint32_t events, Watch* watch);
  void unwatch(int fd);
  void enter(Process& process);
  void leave(Process& process);
  void forget(Process& process);
  void set_deadline(Process& process, std::optional<SteadyTime> old, std::optional<SteadyTime> now);
  void note(Process& process);
  void on_timer();
  void arm_timer();

  Fd epoll_;
  Fd timer_;
  Fd null_;
  pid_t owner_;
  bool abandoned_ = false;
  std::unordered_set<Process*> processes_;
  std::set<std::pair<SteadyTime, Process*>> deadlines_;
  std::optional<SteadyTime> armed_;
  std::vector<Process*> noted_;
  std::vector<Notice> notices_;
};

}  // namespace penstock::spawn
