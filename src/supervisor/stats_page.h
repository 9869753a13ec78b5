// SPDX-License-Identifier: MIT
// The little HTTP that --stats-http and --metrics speak: one GET, one answer, the end.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace penstock::supervisor {

enum class StatsKind : std::uint8_t {
  Json,        // no HTTP: the bytes, at once
  JsonByHttp,  // at any path, as uWSGI does
  Metrics,     // at /metrics
};

/// The content of a page. Called at most once for an answer.
using RenderStats = std::function<std::string(StatsKind)>;

inline constexpr std::size_t kLargestStatsHead = 8192;

/// The answer to what a client has sent so far; nothing if its head is not complete yet.
std::optional<std::string> answer_stats(StatsKind kind, std::string_view received,
                                        const RenderStats& render);

}  // namespace penstock::supervisor
