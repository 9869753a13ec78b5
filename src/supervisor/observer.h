// SPDX-License-Identifier: MIT
// Looks at the whole server from the master: scoreboards, memory, listening sockets.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <vector>

#include "base/clock.h"
#include "stats/snapshot.h"
#include "supervisor/memory.h"
#include "supervisor/version.h"

namespace penstock::supervisor {

class Observer {
 public:
  Observer();

  /// What is the case now; the first of `versions` is the one that serves. What costs a system
  /// call for each worker or socket is up to a second old.
  stats::Snapshot look(std::span<Version* const> versions);

  /// A version has ended: keeps its counts.
  void close(Version& version);

 private:
  void refresh(const stats::Snapshot& snapshot, const Listeners& listeners);

  static constexpr milliseconds kFresh{1000};

  const std::int64_t started_at_;
  const std::uint64_t overflows_before_;
  stats::Ledger ledger_;
  std::optional<SteadyTime> refreshed_at_;
  std::map<std::int32_t, Memory> memory_;  // by process
  std::vector<stats::SocketSnapshot> sockets_;
  std::uint64_t overflows_ = 0;
};

}  // namespace penstock::supervisor
