// SPDX-License-Identifier: MIT
// Becoming what a service is: its log file, the background, its pid file, its user; in this order.
#pragma once

#include <variant>

#include "base/result.h"
#include "config/config.h"
#include "service/privileges.h"
#include "supervisor/housekeeping.h"

namespace penstock {

/// What is done while the server starts, and kept while it runs. The steps are called once each.
class Background {
 public:
  /// Looks users up and opens the log file: what goes wrong here is still told to the terminal.
  /// Its files and pid files are seen from `folder`, where the server was started. An upgrade is
  /// in the background already, and has its user.
  static Result<Background> prepare(const config::Config& config, const std::string& folder,
                                    bool is_upgrade);

  /// Goes into the background if that is asked for, and lets the log go to its file. With an exit
  /// code this process was only the one in front, and ends.
  Result<std::optional<int>> enter();

  /// The umask and the pid file.
  Result<> before_sockets();

  /// The other user, its log and its pid file.
  Result<> after_sockets();

  supervisor::Housekeeping::Settings take() { return std::move(keeping_); }

 private:
  Background(const config::Config& config, const std::string& folder, service::Identity identity);
  service::LogFile::Settings log_settings(const std::string& path) const;
  Result<service::LogFile> open_log(const std::string& path) const;
  Result<> start_log_writer();
  Result<> write_pid_file(const std::string& path);

  service::Identity identity_;
  bool is_upgrade_ = false;
  config::LogTargetsConfig log_targets_;
  supervisor::Housekeeping::Settings keeping_;
};

}  // namespace penstock
