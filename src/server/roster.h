// SPDX-License-Identifier: MIT
// What app threads run at this moment. Who keeps the time limits finds the exchanges here; other
// processes find the same, as text, in the scoreboard's rows.
#pragma once

#include <atomic>
#include <cstddef>
#include <vector>

#include "base/clock.h"
#include "stats/scoreboard.h"

namespace penstock::server {

class Exchange;

class Roster {
 public:
  /// `rows`: the first of `size` rows of the scoreboard, which outlive the roster.
  Roster(stats::CoreSlot* rows, std::size_t size);

  /// An app thread begins to run `exchange`, the only one with this slot. `deadline`: zero for
  /// none.
  void enter(int slot, Exchange& exchange, SteadyTime now, SteadyTime deadline);
  /// It does not run it any more.
  void leave(int slot);
  /// Another limit for what runs.
  void set_deadline(int slot, SteadyTime deadline);

  std::size_t size() const { return seats_.size(); }
  /// What runs there, or null. For the loop's owner, who alone recycles exchanges: so the one it
  /// gets may end in this moment, but stays what it is until the loop goes on.
  Exchange* running(std::size_t slot) const { return seats_[slot].load(std::memory_order_acquire); }

 private:
  stats::CoreSlot& row(int slot) { return rows_[slot]; }

  stats::CoreSlot* const rows_;
  std::vector<std::atomic<Exchange*>> seats_;
};

}  // namespace penstock::server
