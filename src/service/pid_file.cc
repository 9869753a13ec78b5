// SPDX-License-Identifier: MIT
// The lock is on the new file before it gets its name.
#include "service/pid_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <limits>
#include <optional>

#include "base/text.h"

namespace penstock::service {
namespace {

constexpr mode_t kMode = 0644;

/// Open and locked by somebody else: the number in it. Nothing if nobody holds it.
struct Found {
  bool is_held = false;
  std::optional<pid_t> pid;
};

Result<Found> look_at(const std::string& path) {
  const Fd file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!file) return os_error_about(path, "cannot read the pid file");
  Found found;
  if (::flock(file.get(), LOCK_SH | LOCK_NB) < 0) found.is_held = errno == EWOULDBLOCK;
  std::array<char, 32> buffer{};
  const ssize_t got = ::read(file.get(), buffer.data(), buffer.size());
  if (got < 0) return os_error_about(path, "cannot read the pid file");
  const auto number =
      text::parse_unsigned(text::trim({buffer.data(), static_cast<std::size_t>(got)}));
  if (number && *number > 0 && *number <= std::numeric_limits<pid_t>::max())
    found.pid = static_cast<pid_t>(*number);
  return found;
}

Result<Fd> make_locked(const std::string& path) {
  ::unlink(path.c_str());
  Fd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kMode));
  if (!file) return os_error_about(path, "cannot make the pid file");
  ::fchmod(file.get(), kMode);  // whatever the umask: a file that all may write would aim signals
  if (::flock(file.get(), LOCK_EX | LOCK_NB) < 0) return os_error_about(path, "flock");
  const std::string text = fmt::format("{}\n", ::getpid());
  if (::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    return os_error_about(path, "cannot write the pid file");
  return file;
}

}  // namespace

Result<PidFile> PidFile::write(const std::string& path) {
  PidFile made;
  made.path_ = absolute_path(path);
  TRY(made.rewrite());
  return made;
}

Result<> PidFile::rewrite() {
  const auto found = look_at(path_);
  if (!found && found.error().code != ENOENT) return unexpected(found.error());
  if (found && found->is_held && found->pid != ::getpid() && found->pid != ::getppid())
    return fail(
        fmt::format("{}: the pid file of a running server (pid: {}); stop it, or name "
                    "another file",
                    path_, found->pid.value_or(0)));
  const std::string temporary = fmt::format("{}.{}", path_, ::getpid());
  Fd lock = TRY(make_locked(temporary));
  OwnedFile file(temporary);
  if (::rename(temporary.c_str(), path_.c_str()) < 0) return os_error_about(path_, "rename");
  file_ = OwnedFile(path_);
  lock_ = std::move(lock);
  return {};
}

Result<pid_t> read_pid_file(const std::string& path) {
  const Found found = TRY(look_at(path));
  if (!found.pid) return fail(path + ": holds no process id");
  if (!found.is_held)
    return fail(fmt::format("{}: the server that wrote it (pid: {}) does not run any more", path,
                            *found.pid));
  return *found.pid;
}

}  // namespace penstock::service
