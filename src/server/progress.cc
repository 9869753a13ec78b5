// SPDX-License-Identifier: MIT
#include "server/progress.h"

#include <algorithm>

namespace penstock::server {

std::optional<SteadyTime> Progress::due(milliseconds timeout, std::uint64_t minimum_rate) const {
  if (timeout == 0ms) return std::nullopt;
  const SteadyTime stalled = moved_at + timeout;
  if (minimum_rate == 0) return stalled;
  return std::min(stalled, begin + timeout + milliseconds(moved * 1000 / minimum_rate));
}

Receptions::Reception* Receptions::find(std::uint32_t stream) {
  const auto found = std::find_if(list_.begin(), list_.end(), [&](const Reception& reception) {
    return reception.stream == stream;
  });
  return found == list_.end() ? nullptr : &*found;
}

void Receptions::got_head(std::uint32_t stream, SteadyTime now) {
  Reception* const reception = find(stream);
  if (!reception) return;
  reception->has_head = true;
  reception->progress = Progress::from(now);
}

void Receptions::got_body(std::uint32_t stream, std::size_t bytes, SteadyTime now) {
  if (Reception* const reception = find(stream)) reception->progress.add(bytes, now);
}

void Receptions::end(std::uint32_t stream) {
  Reception* const reception = find(stream);
  if (!reception) return;
  *reception = list_.back();
  list_.pop_back();
}

void Receptions::pause(nanoseconds time) {
  for (Reception& reception : list_) {
    reception.progress.begin += time;
    reception.progress.moved_at += time;
  }
}

std::optional<SteadyTime> Receptions::Reception::due(const config::LimitConfig& limits) const {
  if (has_head) return progress.due(limits.body_timeout, limits.minimum_rate);
  if (limits.header_timeout == 0ms) return std::nullopt;
  return progress.begin + limits.header_timeout;
}

std::optional<SteadyTime> Receptions::due(const config::LimitConfig& limits) const {
  std::optional<SteadyTime> first;
  for (const Reception& reception : list_) {
    const std::optional<SteadyTime> due = reception.due(limits);
    if (due && (!first || *due < *first)) first = due;
  }
  return first;
}

std::optional<std::uint32_t> Receptions::late(const config::LimitConfig& limits,
                                              SteadyTime now) const {
  for (const Reception& reception : list_) {
    const std::optional<SteadyTime> due = reception.due(limits);
    if (due && *due <= now) return reception.stream;
  }
  return std::nullopt;
}

}  // namespace penstock::server
