// SPDX-License-Identifier: MIT
// Tells when somebody wants to connect, while no worker is there to accept.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "net/loop.h"
#include "supervisor/listeners.h"

namespace penstock::supervisor {

class Doorbell {
 public:
  /// `loop` outlives it.
  Doorbell(net::Loop& loop, std::function<void()> ring);
  Doorbell(const Doorbell&) = delete;
  Doorbell& operator=(const Doorbell&) = delete;
  ~Doorbell();

  /// Rings once, with the next connection at one of `listeners`.
  void listen(const Listeners& listeners);
  /// Rings no more.
  void quiet();

 private:
  class Button;
  void pressed();

  net::Loop& loop_;
  const std::function<void()> ring_;
  std::vector<std::unique_ptr<Button>> buttons_;
};

}  // namespace penstock::supervisor
