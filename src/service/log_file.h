// SPDX-License-Identifier: MIT
// The file that standard output and error go to: opened, opened anew, rotated. A failure keeps the
// file that is there.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace penstock::service {

class LogFile {
 public:
  struct Settings {
    std::string path;
    std::string backup_name;  // default: the path, a dot and the seconds since the epoch
    bool truncate = false;    // when it is opened first
    std::optional<mode_t> mode;
    std::optional<uid_t> owner;
    std::optional<gid_t> group;
  };

  /// Opens the file for appending; paths are seen from the current folder, also later on. A file
  /// that is not there is made with `mode`, 0640 without; one that is there gets `mode` if it is
  /// given.
  static Result<LogFile> open(Settings settings);

  /// Opens what the path stands for now. What was open stays if that fails.
  Result<> reopen();

  /// Gives the file another name, so that nothing that is being written gets lost, and opens a
  /// new one; returns that name. On failure all is as before.
  Result<std::string> rotate(std::int64_t now);

  std::uint64_t size() const;
  int fd() const { return fd_.get(); }
  const std::string& path() const { return settings_.path; }

 private:
  LogFile(Settings settings, Fd fd) : settings_(std::move(settings)), fd_(std::move(fd)) {}
  Result<std::string> move_away(std::int64_t now) const;

  Settings settings_;
  Fd fd_;
};

/// uWSGI's daemons log over UDP to "host:port"; we do not, and a file of that name is not meant.
Result<> refuse_network_address(const std::string& name);

}  // namespace penstock::service
