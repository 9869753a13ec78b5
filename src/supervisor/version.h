// SPDX-License-Identifier: MIT
// One version of configuration and app while it runs: its sockets, its part of the scoreboard and
// its generation of workers. A reload makes the next one beside it.
#pragma once

#include <memory>

#include "net/loop.h"
#include "stats/scoreboard.h"
#include "supervisor/generation.h"
#include "supervisor/launcher.h"
#include "supervisor/listeners.h"
#include "supervisor/plan.h"

namespace penstock::supervisor {

class Version {
 public:
  /// `loop` and `owner` outlive it. `mask`: the signal mask of its processes. `requests`: answered
  /// so far, by the version before.
  static Result<std::unique_ptr<Version>> create(Plan plan, Listeners listeners, net::Loop& loop,
                                                 Generation::Owner& owner, const sigset_t& mask,
                                                 std::uint64_t requests);
  Version(const Version&) = delete;
  Version& operator=(const Version&) = delete;
  ~Version() = default;

  const config::Config& config() const { return config_; }
  const Listeners& listeners() const { return listeners_; }
  /// Lets go of the sockets: those that no other version has are closed.
  void close_listeners() { listeners_.clear(); }
  stats::Scoreboard& scoreboard() { return scoreboard_; }
  Generation& generation() { return generation_; }

 private:
  Version(Plan plan, Listeners listeners, stats::Scoreboard scoreboard, net::Loop& loop,
          Generation::Owner& owner);

  const config::Config config_;
  Listeners listeners_;
  stats::Scoreboard scoreboard_;
  Launcher launcher_;
  Generation generation_;
};

}  // namespace penstock::supervisor
