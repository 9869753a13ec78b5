// SPDX-License-Identifier: MIT
// A snapshot in Prometheus's text format 0.0.4.
#pragma once

#include <string>
#include <string_view>

#include "stats/snapshot.h"

namespace penstock::stats {

inline constexpr std::string_view kPrometheusType = "text/plain; version=0.0.4; charset=utf-8";

/// The metrics of docs/stats.md. Nothing of a request gets in, so peers cannot make series.
std::string prometheus_text(const Snapshot& snapshot);

}  // namespace penstock::stats
