// SPDX-License-Identifier: MIT
// Says what requests that are late or slow are doing, and ends the late ones by an exception.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "app/exchange.h"
#include "pyhost/python.h"
#include "pyhost/stack_dump.h"

namespace penstock::pyhost {

/// It has two threads, made when they are needed first. One waits for the GIL, however long, then
/// asks Python for the stacks and raises the exceptions. The other sees to it that the stacks are
/// in the log soon even if native code keeps the GIL.
class Interrupter {
 public:
  /// What it works on. GIL held when called.
  class Target {
   public:
    /// Whether the call on that thread is the one that Overdue::slow names.
    virtual bool is_slow_call(const app::Overdue& request) const = 0;
    /// Raises the exception in every call whose exchange is overdue(), once.
    virtual void raise_in_overdue_calls() = 0;

   protected:
    ~Target() = default;
  };

  /// GIL held. `target` outlives it.
  Interrupter(std::unique_ptr<StackDump> dump, Target& target);
  /// GIL held; let go of while its threads end.
  ~Interrupter();
  Interrupter(const Interrupter&) = delete;
  Interrupter& operator=(const Interrupter&) = delete;

  /// Any thread, with or without the GIL. Waits for nothing.
  void overdue(const app::Overdue& request) noexcept;

 private:
  using Requests = std::vector<app::Overdue>;

  void start_threads();
  void serve_with_gil();
  void watch();
  void explain_without_gil(const Requests& requests);

  PyInterpreterState* const interpreter_;
  const std::unique_ptr<StackDump> dump_;
  Target& target_;

  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  Requests unexplained_;  // whose stacks are not in the log yet
  bool gil_wanted_ = false;
  bool raise_ = false;
  bool ending_ = false;
  std::thread with_gil_;
  std::thread watch_;
};

}  // namespace penstock::pyhost
