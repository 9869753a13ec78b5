// SPDX-License-Identifier: MIT
#include "server/log_entry.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"

namespace penstock::server {
namespace {

std::int64_t micros(nanoseconds time) {
  return std::max<std::int64_t>(std::chrono::duration_cast<std::chrono::microseconds>(time).count(),
                                0);
}

template <class Number>
void append_digits(std::string& out, Number number) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  out.append(digits, static_cast<std::size_t>(end - digits));
}

}  // namespace

// A request that is refused before it is complete, or before the application is called, has no
// such time: the steps that it never reached took none.
LogTimings::LogTimings(const ExchangeRecord& record) {
  const SteadyTime called = std::max(record.called_at, record.head_at);
  const SteadyTime ready = std::clamp(record.ready_at, record.head_at, called);
  total = micros(record.done_at - record.head_at);
  receive = micros(ready - record.head_at);
  queue = micros(called - ready);
  write = micros(record.writing);
  app = micros(record.done_at - called - record.writing);
  lock = micros(record.lock_wait);
  cpu = micros(record.cpu);
}

std::string_view field_value(const http::Request& request, std::string_view name) {
  std::string_view value;
  for (const http::Field& field : request.fields)
    if (text::equals_ignoring_case(field.name, name)) value = field.value;
  return value;
}

std::string_view client_address(const http::Request& request, bool forwarded_for) {
  if (!forwarded_for) return request.remote_address;
  const std::string_view named = field_value(request, "x-forwarded-for");
  return named.empty() ? request.remote_address : named;
}

void append_number(std::string& out, std::int64_t number) {
  append_digits(out, number);
}

void append_number(std::string& out, std::uint64_t number) {
  append_digits(out, number);
}

}  // namespace penstock::server
