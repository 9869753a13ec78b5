// SPDX-License-Identifier: MIT
// The file of process ids: one a line, none after the last.
#pragma once

#include <sys/types.h>

#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace penstock::spawnfcgi {

class PidFile {
 public:
  /// Opens `path`, which becomes empty; an empty one means no file. Anything but a regular file
  /// is an error.
  static Result<PidFile> open(const std::string& path);

  Result<> add(pid_t pid);

 private:
  Fd fd_;
  bool is_empty_ = true;
};

}  // namespace penstock::spawnfcgi
