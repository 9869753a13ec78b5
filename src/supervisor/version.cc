// SPDX-License-Identifier: MIT
#include "supervisor/version.h"

#include <utility>

namespace penstock::supervisor {
namespace {

ZygoteSettings with_descriptors(ZygoteSettings settings, const Listeners& listeners,
                                const stats::Scoreboard& scoreboard) {
  for (const auto& bound : listeners)
    settings.listeners.push_back({bound->protocol, bound->listener.fd.get()});
  settings.scoreboard_fd = scoreboard.fd();
  return settings;
}

}  // namespace

Result<std::unique_ptr<Version>> Version::create(Plan plan, Listeners listeners, net::Loop& loop,
                                                 Generation::Owner& owner, const sigset_t& mask,
                                                 std::uint64_t requests) {
  auto scoreboard = TRY(stats::Scoreboard::create(Generation::scoreboard_slots(plan.generation),
                                                  static_cast<std::size_t>(plan.generation.cores)));
  scoreboard.totals().requests = requests;
  std::unique_ptr<Version> version(
      new Version(std::move(plan), std::move(listeners), std::move(scoreboard), loop, owner));
  version->launcher_.set_signal_mask(mask);
  return version;
}

Version::Version(Plan plan, Listeners listeners, stats::Scoreboard scoreboard, net::Loop& loop,
                 Generation::Owner& owner)
    : config_(std::move(plan.config)),
      listeners_(std::move(listeners)),
      scoreboard_(std::move(scoreboard)),
      launcher_(with_descriptors(std::move(plan.zygote), listeners_, scoreboard_)),
      generation_(std::move(plan.generation), {loop, launcher_, owner, scoreboard_}) {}

}  // namespace penstock::supervisor
