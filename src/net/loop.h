// SPDX-License-Identifier: MIT
// The event loop of one worker: epoll and timers. One thread at a time owns it; ownership may
// move to another thread between any two calls (see server/crew.h), so no call keeps state on
// the stack of its caller.
#pragma once

#include <sys/epoll.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>

#include "base/clock.h"
#include "base/fd.h"
#include "base/result.h"
#include "net/timers.h"

namespace penstock::net {

/// Something that wants to know when its descriptor is ready.
class Watcher {
 public:
  /// `events`: EPOLL* bits. The loop's owner calls it.
  virtual void on_ready(std::uint32_t events) = 0;

 protected:
  ~Watcher() = default;
};

class Loop {
 public:
  static Result<std::unique_ptr<Loop>> create();

  /// Reports `events` (EPOLL* bits, EPOLLET and EPOLLEXCLUSIVE too) of `fd` to `watcher`, which
  /// must be forgotten before either dies.
  Result<> watch(int fd, std::uint32_t events, Watcher& watcher);
  /// Other events for a watched descriptor; an edge that is already there is reported again.
  Result<> change(int fd, std::uint32_t events, Watcher& watcher);
  /// No event reaches `watcher` any more, also none that was already collected.
  void forget(int fd, Watcher& watcher);

  /// Waits for events, the next timer, wake() or a signal, at the most `longest`; then runs the
  /// timers that are due. Returns with events collected, not dispatched. Call it when
  /// dispatch_next() is false.
  void collect(milliseconds longest);

  /// Hands one collected event to its watcher; false if none is left. Touches nothing of the loop
  /// after the watcher was called, so the watcher may let another thread own the loop.
  bool dispatch_next();

  /// Makes a collect() that waits return soon. Any thread.
  void wake();

  Timers& timers() { return timers_; }

  /// The time at the last collect(). Good enough for deadlines; costs nothing.
  SteadyTime now() const { return now_; }
  /// The same by the wall clock, in microseconds since the epoch.
  std::int64_t wall_now() const { return wall_now_; }

 private:
  Loop(Fd epoll, Fd wakeup);

  static constexpr std::size_t kBatch = 128;
  Fd epoll_;
  Fd wakeup_;  // eventfd
  Timers timers_;
  SteadyTime now_;
  std::int64_t wall_now_;
  std::array<epoll_event, kBatch> ready_;
  std::size_t next_ = 0;                   // the first of ready_ that is not dispatched
  std::size_t count_ = 0;                  // how many of ready_ hold events
  std::atomic<bool> wake_pending_{false};  // wakeup_ was written since the last collect()
};

}  // namespace penstock::net
