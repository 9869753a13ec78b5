// SPDX-License-Identifier: MIT
// Signals as events of the loop, by signalfd(2): no handler, so nothing is interrupted.
#pragma once

#include <signal.h>

#include <functional>
#include <initializer_list>
#include <memory>

#include "base/fd.h"
#include "base/result.h"
#include "net/loop.h"

namespace penstock::supervisor {

/// Holds back every signal that tells a server what to do, until Signals gets them: one that comes
/// during the start must not kill a process that has files to remove. Returns the mask of before,
/// which is for our children. Call it while there is one thread.
sigset_t hold_signals();

class Signals final : public net::Watcher {
 public:
  using Handler = std::function<void(int signal)>;

  /// From now on `signals` reach only `handler`, on the loop's thread, which must be the only
  /// thread. The loop outlives the result.
  static Result<std::unique_ptr<Signals>> create(net::Loop& loop,
                                                 std::initializer_list<int> signals,
                                                 Handler handler);
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;
  /// Gives the signals back to the process.
  ~Signals();

 private:
  Signals(net::Loop& loop, Handler handler) : loop_(loop), handler_(std::move(handler)) {}
  void on_ready(std::uint32_t events) override;

  net::Loop& loop_;
  Handler handler_;
  sigset_t previous_{};
  Fd fd_;
};

}  // namespace penstock::supervisor
