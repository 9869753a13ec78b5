// SPDX-License-Identifier: MIT
// Options about who may look at what the server does.
#include "config/option_fields.h"
#include "config/option_sections.h"

namespace penstock::config {
namespace {

constexpr Ignored kAnything{};

constexpr Option kStats[] = {
    {.names = "stats stats-server",
     .placeholder = "ADDRESS",
     .effect = text_in<&Config::stats, &StatsConfig::address>(),
     .help = "Give uWSGI's statistics, as JSON, to everybody who connects there"},
    {.names = "stats-http",
     .kind = Kind::Flag,
     .effect = switch_in<&Config::stats, &StatsConfig::http>(),
     .help = "Give them by HTTP"},
    {.names = "stats-minified stats-min",
     .kind = Kind::Flag,
     .effect = switch_in<&Config::stats, &StatsConfig::minified>(),
     .help = "Give them on one line"},
    {.names = "stats-no-cores",
     .kind = Kind::Flag,
     .effect = switch_in<&Config::stats, &StatsConfig::cores, false>(),
     .help = "Leave the threads and their requests out"},
    {.names = "stats-no-metrics",
     .kind = Kind::Flag,
     .effect = kAnything,
     .help = "There are no metrics in the statistics; they are at --metrics"},
    {.names = "metrics",
     .placeholder = "ADDRESS",
     .effect = text_in<&Config::stats, &StatsConfig::metrics>(),
     .help = "Answer GET /metrics there, for Prometheus"},
};

}  // namespace

Section stats_section() {
  return {"Statistics", kStats};
}

}  // namespace penstock::config
