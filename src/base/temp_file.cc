// SPDX-License-Identifier: MIT
#include "base/temp_file.h"

#include <fcntl.h>
#include <stdlib.h>

namespace penstock {

Result<Fd> open_unlinked_file(const std::string& directory) {
  Fd file{::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC | O_EXCL, 0600)};
  if (file) return file;

  // Not every file system has O_TMPFILE: make a named file and take its name away.
  std::string path = directory + "/penstock-XXXXXX";
  file.reset(::mkostemp(path.data(), O_CLOEXEC));
  if (!file) return os_error_about(directory, "cannot make a temporary file");
  ::unlink(path.c_str());
  return file;
}

}  // namespace penstock
