// SPDX-License-Identifier: MIT
#include "spawnfcgi/pid_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

namespace penstock::spawnfcgi {

Result<PidFile> PidFile::open(const std::string& path) {
  PidFile file;
  if (path.empty()) return file;
  const auto about = [&path](std::string_view what) {
    return os_error(fmt::format("{} PID-file '{}' failed", what, path));
  };
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode))
    return fail(fmt::format("PID-file exists and isn't regular file: '{}'", path));
  // Without a symbolic link at the end: root writes here, perhaps where others may write too.
  file.fd_ = Fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644));
  if (!file.fd_) return about("opening");
  return file;
}

Result<> PidFile::add(pid_t pid) {
  if (!fd_) return {};
  const std::string text = (is_empty_ ? "" : "\n") + std::to_string(pid);
  is_empty_ = false;
  const ssize_t written = ::write(fd_.get(), text.data(), text.size());
  if (written < 0) return os_error("writing pid file failed");
  if (static_cast<std::size_t>(written) < text.size()) return fail("writing pid file failed");
  return {};
}

}  // namespace penstock::spawnfcgi
