// SPDX-License-Identifier: MIT
// The folder that the server was started in, found again at each reload by its name: releases are
// often put in place of each other by renaming or removing folders.
#pragma once

#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace penstock::supervisor {

class StartFolder {
 public:
  /// None.
  StartFolder() = default;
  /// The current folder.
  static Result<StartFolder> here();

  /// O_PATH descriptor of what has the name now, else of the folder itself if that is still
  /// somewhere.
  Result<Fd> open() const;
  /// Makes it the current folder.
  Result<> enter() const;

 private:
  StartFolder(std::string name, Fd folder) : name_(std::move(name)), folder_(std::move(folder)) {}

  std::string name_;  // empty: it had none that we may know
  Fd folder_;
};

}  // namespace penstock::supervisor
