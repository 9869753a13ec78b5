// SPDX-License-Identifier: MIT
// The values of a log format's variables for one request.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "config/config.h"
#include "server/log_clock.h"
#include "server/log_entry.h"
#include "server/memory_use.h"

namespace penstock::server {

class LogValues {
 public:
  struct Style {
    config::LogEscape escape;
    std::size_t longest;  // bytes of a text before escaping; more are cut
  };

  /// Everything given outlives it.
  LogValues(const LogEntry& entry, LogWorker worker, const config::LogConfig& config,
            LogClock& clock, MemoryMeter& memory)
      : request_(entry.request),
        record_(entry.record),
        entry_(entry),
        worker_(worker),
        config_(config),
        clock_(clock),
        memory_(memory) {}

  /// Appends one value as it may stand at that place. An empty text is "-", as in uWSGI; outside
  /// of a JSON string it is null, and a text brings its quotes along.
  void append(std::string& out, const config::LogPart& part, Style style);

 private:
  using Value = std::variant<std::string_view, std::int64_t, std::uint64_t>;

  Value value_of(const config::LogPart& part);
  Value number_of(config::LogField field);
  Value time_of(config::LogField field);
  std::string_view variable(std::string_view name) const;
  std::string_view log_variable(std::string_view name) const;
  void append_all_variables(std::string& out, Style style) const;
  const LogTimings& timings();
  const MemoryUse& memory();
  std::string_view seconds_text();

  const http::Request& request_;
  const ExchangeRecord& record_;
  const LogEntry& entry_;
  const LogWorker worker_;
  const config::LogConfig& config_;
  LogClock& clock_;
  MemoryMeter& memory_;
  std::optional<LogTimings> timings_;
  std::optional<MemoryUse> use_;
  char seconds_[32] = {};
};

}  // namespace penstock::server
