// SPDX-License-Identifier: MIT
// Times and sizes of one exchange, for the request log.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"

namespace penstock::server {

struct ExchangeRecord {
  std::int64_t wall_micros = 0;  // when the head was complete, since the epoch
  SteadyTime head_at{};          // the same for durations
  SteadyTime ready_at{};         // when the request was complete
  SteadyTime called_at{};        // when the application was called
  SteadyTime done_at{};          // when the answer was complete
  // Between called_at and done_at; only where the log wants them (RequestLog::wants_timings).
  nanoseconds lock_wait{0};  // for the GIL
  nanoseconds cpu{0};        // of the thread that ran the application
  nanoseconds writing{0};    // to the socket
  int status = 0;
  std::uint32_t header_count = 0;
  std::uint32_t header_bytes = 0;
  std::uint64_t body_bytes = 0;
  std::uint64_t received_bytes = 0;  // the request's body
  bool sent_file = false;
  bool write_failed = false;  // the client was gone before the end
  bool log_in_any_case = false;
  int slot = 0;
  std::vector<std::pair<std::string, std::string>> variables;  // that the application set

  /// What was known when the application was called: the rest belongs to its thread.
  ExchangeRecord at_call() const;
  /// Sizes of a whole answer, head and body.
  void measure(std::string_view answer);
  /// Lines of a head without the first and the empty one.
  static std::uint32_t header_lines(std::string_view head);
};

}  // namespace penstock::server
