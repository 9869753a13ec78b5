// SPDX-License-Identifier: MIT
// What the master does for those who run it, beside running workers: its log file, commands that
// come by named pipe and touched files, pid files, the service manager and its watchdog.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "config/config.h"
#include "net/loop.h"
#include "service/daemon.h"
#include "service/log_file.h"
#include "service/log_writer.h"
#include "service/master_fifo.h"
#include "service/pid_file.h"
#include "service/touch_files.h"
#include "supervisor/alarm.h"
#include "supervisor/commands.h"
#include "supervisor/notify.h"
#include "supervisor/spawn.h"

namespace penstock::supervisor {

class Housekeeping {
 public:
  struct Settings {
    config::LogFileConfig log;
    config::ServiceConfig service;
    std::optional<service::LogFile> log_file;        // is the output already
    std::optional<service::LogFile> later_file;      // becomes it once we serve
    std::unique_ptr<service::LogWriter> log_writer;  // null: everybody writes for himself
    std::vector<service::PidFile> pid_files;
    service::StartReport start;
    Notifier notifier;
    std::optional<milliseconds> watchdog;  // how often the service manager wants to hear of us

    /// Where workers are to write the lines of requests.
    int request_descriptor() const;
  };

  /// Begins to listen for commands. `loop` and `commands` outlive the result.
  static Result<std::unique_ptr<Housekeeping>> create(net::Loop& loop, Commands& commands,
                                                      Settings settings);
  Housekeeping(const Housekeeping&) = delete;
  Housekeeping& operator=(const Housekeeping&) = delete;

  /// Every worker is ready, at the start or after a reload; or a reload has failed, and those that
  /// were there serve on.
  void serving();
  void reloading();
  void stopping();
  /// Nothing is left to do. If we never served, this is how the start went.
  void ended(int exit_code);

  /// Another process is the server now; or it is not, and the pid files name us again.
  void handed_over(pid_t pid);
  void rewrite_pid_files();

  /// A child has ended, which may be one of its own.
  void exited(pid_t pid);
  /// The output that this process was started with, for a successor; nothing, if it has it itself.
  std::vector<PassedDescriptor> first_output() const;
  int request_descriptor() const { return settings_.request_descriptor(); }

  void reopen_log();
  void rotate_log();

 private:
  Housekeeping(net::Loop& loop, Commands& commands, Settings settings);
  Result<> listen();
  void obey(char letter);
  void adopt(service::LogFile& file);
  void look_at_size();
  void feed_watchdog();

  net::Loop& loop_;
  Commands& commands_;
  Settings settings_;
  std::vector<std::unique_ptr<service::MasterFifo>> fifos_;
  std::optional<service::TouchFiles> touch_files_;
  Alarm size_alarm_;
  Alarm watchdog_alarm_;
};

}  // namespace penstock::supervisor
