// SPDX-License-Identifier: MIT
// A process of its own that reads what all others log, from pipes, and sends it where --logger and
// its kin say: so nobody waits for a syslog or a slow encoder, and lines stay whole.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "base/fd.h"
#include "base/pipe.h"
#include "base/result.h"
#include "config/log_targets.h"
#include "service/log_file.h"
#include "service/log_sink.h"

namespace penstock::service {

class LogWriter {
 public:
  struct Settings {
    config::LogTargetsConfig targets;
    LogFile::Settings files;  // how files are made; with a path: that of "stdio"
    std::uint64_t max_bytes = 0;
  };

  /// Starts the process. If messages have other places this process's output goes to it from now
  /// on. The caller has one thread. An error is about a target that cannot be opened.
  static Result<std::unique_ptr<LogWriter>> start(Settings settings);
  LogWriter(const LogWriter&) = delete;
  LogWriter& operator=(const LogWriter&) = delete;
  /// As finish().
  ~LogWriter();

  /// Where the lines of requests are to be written: 2, if there is no place of their own.
  int request_descriptor() const;
  /// What standard output and error were before.
  int standard_output() const { return output_.get(); }
  int standard_error() const { return error_.get(); }

  /// A child of this process is gone: if it was the writer there is another one now.
  void exited(pid_t pid);
  /// All of its files.
  void reopen();
  void rotate();
  /// Takes the output back, and gives the writer a moment to write what is left.
  void finish();

 private:
  explicit LogWriter(Settings settings) : settings_(std::move(settings)) {}
  Result<> open();
  Result<> launch();
  void signal(int number) const;

  Settings settings_;
  Fd output_;
  Fd error_;
  // Both ends are kept, so that nobody finds a broken pipe when the process dies.
  Pipe messages_;
  Pipe requests_;
  pid_t pid_ = -1;
};

}  // namespace penstock::service
