// SPDX-License-Identifier: MIT
// The lines of the request log: uWSGI's default one byte for byte, or one of a format.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "config/config.h"
#include "server/log_clock.h"
#include "server/log_entry.h"
#include "server/memory_use.h"

namespace penstock::server {

/// No line is longer: a pipe takes so much (PIPE_BUF) without mixing it with other lines.
inline constexpr std::size_t kLongestLine = 4096;

/// One thread at a time.
class LogLine {
 public:
  LogLine(const config::LogConfig& config, LogWorker worker);

  /// Appends the line with its line feed.
  void append(std::string& out, const LogEntry& entry);

  /// Whether lines tell where the time went.
  bool wants_timings() const { return wants_timings_; }

 private:
  /// What uWSGI's line takes from the peer.
  struct Peer {
    std::string_view address;
    std::string_view user;
    std::string_view method;
    std::string_view target;
    std::string_view protocol;
  };
  void append_default(std::string& out, const LogEntry& entry, const Peer& peer);
  void append_memory(std::string& out);
  void append_timings(std::string& out, const ExchangeRecord& record);
  void append_formatted(std::string& out, const LogEntry& entry, std::size_t longest);

  const config::LogConfig config_;
  const LogWorker worker_;
  const config::LogFormat format_;
  const bool wants_timings_;
  LogClock clock_;
  MemoryMeter memory_;
};

}  // namespace penstock::server
