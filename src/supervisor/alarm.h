// SPDX-License-Identifier: MIT
// A timer that calls a function.
#pragma once

#include <functional>
#include <utility>

#include "net/timers.h"

namespace penstock::supervisor {

class Alarm final : public net::Timer {
 public:
  explicit Alarm(std::function<void()> ring) : ring_(std::move(ring)) {}

 private:
  void on_timeout() override { ring_(); }
  std::function<void()> ring_;
};

}  // namespace penstock::supervisor
