// SPDX-License-Identifier: MIT
// A file that is there for as long as its server: a UNIX socket's, a pid file, a named pipe.
#pragma once

#include <sys/types.h>

#include <string>

namespace penstock::service {

/// Removes a file that we have made with this object, if the name still stands for that file.
class OwnedFile {
 public:
  OwnedFile() = default;
  /// `path` may be relative to the current folder.
  explicit OwnedFile(const std::string& path);
  OwnedFile(OwnedFile&& other) noexcept;
  OwnedFile& operator=(OwnedFile&& other) noexcept;
  ~OwnedFile();

  /// It is another program's now.
  void leave() { path_.clear(); }

 private:
  std::string path_;  // absolute; empty: nothing to remove
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

/// `path`, seen from the current folder if it is relative: good after a chdir, too.
std::string absolute_path(const std::string& path);
/// The same, seen from another folder.
std::string absolute_path(const std::string& path, const std::string& folder);

}  // namespace penstock::service
