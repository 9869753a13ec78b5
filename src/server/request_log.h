// SPDX-License-Identifier: MIT
// The request log: one line a request (log_line.h), of those that are wanted. Lines are gathered
// and written when the loop has nothing else to do, so that logging costs no system call a request.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>

#include "config/config.h"
#include "server/log_line.h"

namespace penstock::server {

/// Any thread.
class RequestLog {
 public:
  /// `descriptor` outlives the log.
  RequestLog(int descriptor, const config::LogConfig& config, LogWorker worker);
  ~RequestLog();
  RequestLog(const RequestLog&) = delete;
  RequestLog& operator=(const RequestLog&) = delete;

  /// Whether any request may be logged, so that it is worth counting for.
  bool enabled() const { return enabled_; }
  /// Whether the clocks of ExchangeRecord are to be read.
  bool wants_timings() const { return enabled_ && line_.wants_timings(); }

  /// Adds the line of one request, if it is one of those that are logged.
  void add_request(const LogEntry& entry);

  /// Whether lines wait to be written.
  bool pending() const { return pending_.load(std::memory_order_relaxed); }

  /// Writes what was gathered. Lines of several processes do not mix. What cannot be written (a
  /// full disk, a reader that does not read) is dropped, counted, and told of once it works again.
  void flush();

 private:
  static constexpr std::size_t kGathered = 32 * 1024;
  bool is_wanted(const ExchangeRecord& record) const;
  void flush_locked();
  void put(std::string_view lines);
  bool tell_of_lost_lines();

  const int descriptor_;
  const config::LogConfig config_;
  const LogWorker worker_;
  const bool enabled_;
  std::atomic<bool> pending_{false};
  std::mutex mutex_;  // guards what follows
  LogLine line_;
  std::string lines_;
  std::uint64_t lost_ = 0;
  bool line_is_torn_ = false;  // the last write ended within a line
};

}  // namespace penstock::server
