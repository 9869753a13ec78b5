// SPDX-License-Identifier: MIT
// A place that lines of the log are sent to.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "base/result.h"
#include "config/log_targets.h"
#include "service/log_file.h"

namespace penstock::service {

class LogSink {
 public:
  virtual ~LogSink() = default;

  /// One line, without its line feed. Never waits for long, and loses the line sooner.
  virtual void write(std::string_view line, std::int64_t micros) = 0;
  /// What the number of the descriptor is that this sink needs; -1: none.
  virtual int descriptor() const { return -1; }
  /// A file that has grown too large is put aside.
  virtual void look_at_size(std::uint64_t) {}
  virtual Result<> reopen() { return {}; }
  virtual Result<> rotate() { return {}; }
};

/// `files`: how files are made; the path is the target's. `standard`: what "stdio" is.
Result<std::unique_ptr<LogSink>> open_log_sink(const config::LogTarget& target,
                                               const LogFile::Settings& files, int standard);

}  // namespace penstock::service
