// SPDX-License-Identifier: MIT
#include "supervisor/recycling.h"

namespace penstock::supervisor {

using stats::RecycleReason;

std::optional<RecycleReason> due_for_recycling(const config::RecycleConfig& limits, int number,
                                               nanoseconds age, const Memory& memory) {
  const auto exceeds = [](std::uint64_t value, std::uint64_t limit) {
    return limit != 0 && value > limit;
  };
  if (exceeds(memory.resident, limits.evil_rss)) return RecycleReason::EvilRss;
  if (exceeds(memory.address_space, limits.evil_address_space))
    return RecycleReason::EvilAddressSpace;
  if (exceeds(memory.resident, limits.rss)) return RecycleReason::Rss;
  if (exceeds(memory.address_space, limits.address_space)) return RecycleReason::AddressSpace;
  if (limits.max_lifetime != 0ms &&
      age >= limits.max_lifetime + (number - 1) * limits.max_lifetime_delta)
    return RecycleReason::MaxLifetime;
  return std::nullopt;
}

milliseconds least_age(const config::RecycleConfig& limits, RecycleReason reason) {
  return is_urgent(reason) || reason == RecycleReason::Asked ? 0ms : limits.min_lifetime;
}

bool is_urgent(RecycleReason reason) {
  return reason == RecycleReason::EvilRss || reason == RecycleReason::EvilAddressSpace ||
         reason == RecycleReason::Harakiri;
}

bool limits_time_or_memory(const config::RecycleConfig& limits) {
  return limits.max_lifetime != 0ms || limits.rss != 0 || limits.address_space != 0 ||
         limits.evil_rss != 0 || limits.evil_address_space != 0;
}

}  // namespace penstock::supervisor
