// SPDX-License-Identifier: MIT
// Turns a loop until something is so.
#pragma once

#include <gtest/gtest.h>

#include <memory>

#include "net/loop.h"

namespace penstock::service {

class TestLoop {
 public:
  net::Loop& operator*() { return *loop_; }

  /// What is ready now, and what becomes so within `time`.
  void turn(milliseconds time = 0ms) {
    loop_->collect(time);
    while (loop_->dispatch_next()) {
    }
  }

  /// False, and a failure, if it does not become so in a long time.
  template <class Condition>
  bool until(Condition condition) {
    const SteadyTime end = steady_now() + 60s;
    while (!condition()) {
      if (steady_now() > end) {
        ADD_FAILURE() << "it did not happen";
        return false;
      }
      turn(10ms);
    }
    return true;
  }

 private:
  std::unique_ptr<net::Loop> loop_ = std::move(net::Loop::create().value());
};

}  // namespace penstock::service
