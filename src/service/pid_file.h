// SPDX-License-Identifier: MIT
// Pid files. The server that has written one holds a lock on it while it lives, so a number that a
// dead server left behind is never taken for a living process.
#pragma once

#include <sys/types.h>

#include <string>

#include "base/fd.h"
#include "base/result.h"
#include "service/owned_file.h"

namespace penstock::service {

class PidFile {
 public:
  PidFile() = default;

  /// Writes our process id: whoever reads the file sees all of it or what was there before. An
  /// error if a running server holds the file, unless that is our parent, which we are to replace.
  /// Removed with this object, if it is still ours.
  static Result<PidFile> write(const std::string& path);

  /// Makes the file anew, if it was removed or changed.
  Result<> rewrite();

 private:
  std::string path_;
  OwnedFile file_;
  Fd lock_;
};

/// The process that holds a pid file. The error says what is wrong with the file, or that the
/// server that wrote it does not run any more.
Result<pid_t> read_pid_file(const std::string& path);

}  // namespace penstock::service
