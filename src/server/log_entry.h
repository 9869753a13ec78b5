// SPDX-License-Identifier: MIT
// What the writers of the request log's lines are given: a request, what became of it, and the
// worker that it was in.
#pragma once

#include <cstdint>
#include <string_view>

#include "http/request.h"
#include "server/exchange_record.h"

namespace penstock::server {

struct LogEntry {
  const http::Request& request;
  const ExchangeRecord& record;
  std::uint64_t worker_requests;  // counted with this one
  std::uint64_t total_requests;
};

struct LogWorker {
  int pid = 0;
  int number = 0;
};

/// The steps of a request, in microseconds. Each follows the one before; lock and cpu are parts of
/// app. Never negative.
struct LogTimings {
  explicit LogTimings(const ExchangeRecord& record);
  std::int64_t total;
  std::int64_t receive;  // from the head to the whole request
  std::int64_t queue;    // until the application was called
  std::int64_t app;      // until the answer was complete, without
  std::int64_t write;    // sending it
  std::int64_t lock;
  std::int64_t cpu;
};

/// The value of a header field in any spelling: "user-agent". Empty where there is none.
std::string_view field_value(const http::Request& request, std::string_view name);

/// The client's address; that of X-Forwarded-For if that counts and is there.
std::string_view client_address(const http::Request& request, bool forwarded_for);

/// Appends a number in decimal digits.
void append_number(std::string& out, std::int64_t number);
void append_number(std::string& out, std::uint64_t number);

}  // namespace penstock::server
