// SPDX-License-Identifier: MIT
// The request log: uWSGI's default line, byte for byte, one a request. Lines are gathered and
// written when the loop has nothing else to do, so that logging costs no system call a request.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <mutex>
#include <string>

#include "http/request.h"

namespace penstock::server {

struct ExchangeRecord;

/// Any thread.
class RequestLog {
 public:
  /// `descriptor` outlives the log. Disabled, it drops every line.
  RequestLog(int descriptor, bool enabled);
  ~RequestLog();
  RequestLog(const RequestLog&) = delete;
  RequestLog& operator=(const RequestLog&) = delete;

  bool enabled() const { return enabled_; }

  /// Adds the line of one request. `worker_requests`, `total_requests`: the counters with this one.
  void add_request(const http::Request& request, const ExchangeRecord& record,
                   std::uint64_t worker_requests, std::uint64_t total_requests);

  /// Whether lines wait to be written.
  bool pending() const { return pending_.load(std::memory_order_relaxed); }

  /// Writes what was gathered. Lines of several processes do not mix.
  void flush();

 private:
  static constexpr std::size_t kGathered = 32 * 1024;
  template <class... Parts>
  void add(const Parts&... parts);
  void flush_locked();

  const int descriptor_;
  const bool enabled_;
  const int pid_;
  std::atomic<bool> pending_{false};
  std::mutex mutex_;  // guards what follows
  std::string lines_;
  std::int64_t time_second_ = -1;
  std::string time_text_;  // of time_second_
};

}  // namespace penstock::server
