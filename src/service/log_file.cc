// SPDX-License-Identifier: MIT
// Every process writes by O_APPEND to a descriptor of its own, so it does not matter when each of
// them hears of a new file: until then its lines are in the old one.
#include "service/log_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "service/owned_file.h"

namespace penstock::service {
namespace {

constexpr mode_t kDefaultMode = 0640;
constexpr int kMostRotationsASecond = 1000;

Result<Fd> open_for_appending(const LogFile::Settings& settings, int more_flags) {
  const std::string& path = settings.path;
  // Without O_NONBLOCK a named pipe that nobody reads would hold us up for ever.
  constexpr int kFlags = O_WRONLY | O_APPEND | O_CREAT | O_NOCTTY | O_NONBLOCK | O_CLOEXEC;
  Fd fd(::open(path.c_str(), kFlags | more_flags, settings.mode.value_or(kDefaultMode)));
  if (!fd) return os_error_about(path, "cannot open the log file");
  const int flags = ::fcntl(fd.get(), F_GETFL);
  if (flags < 0 || ::fcntl(fd.get(), F_SETFL, flags & ~O_NONBLOCK) < 0)
    return os_error_about(path, "fcntl");
  if (settings.mode && ::fchmod(fd.get(), *settings.mode) < 0)
    return os_error_about(path, "fchmod");
  constexpr auto kUnchanged = static_cast<uid_t>(-1);
  if ((settings.owner || settings.group) && ::fchown(fd.get(), settings.owner.value_or(kUnchanged),
                                                     settings.group.value_or(kUnchanged)) < 0)
    return os_error_about(path, "fchown");
  return fd;
}

}  // namespace

Result<> refuse_network_address(const std::string& name) {
  const std::size_t colon = name.rfind(':');
  if (colon == name.npos || name.find('/') != name.npos) return {};
  if (!text::parse_unsigned(std::string_view(name).substr(colon + 1))) return {};
  return fail(name + ": the log cannot go to a network address; name a file");
}

Result<LogFile> LogFile::open(Settings settings) {
  settings.path = absolute_path(settings.path);
  if (!settings.backup_name.empty()) settings.backup_name = absolute_path(settings.backup_name);
  Fd fd = TRY(open_for_appending(settings, settings.truncate ? O_TRUNC : 0));
  return LogFile(std::move(settings), std::move(fd));
}

Result<> LogFile::reopen() {
  fd_ = TRY(open_for_appending(settings_, 0));
  return {};
}

Result<std::string> LogFile::rotate(std::int64_t now) {
  struct stat about {};
  if (::fstat(fd_.get(), &about) == 0 && !S_ISREG(about.st_mode))
    return fail(settings_.path + ": not a regular file, so it cannot be rotated");
  std::string backup = TRY(move_away(now));
  const auto opened = reopen();
  if (opened) return backup;
  ::renameat2(AT_FDCWD, backup.c_str(), AT_FDCWD, settings_.path.c_str(), RENAME_NOREPLACE);
  return unexpected(opened.error());
}

Result<std::string> LogFile::move_away(std::int64_t now) const {
  const std::string& path = settings_.path;
  if (!settings_.backup_name.empty()) {
    if (::rename(path.c_str(), settings_.backup_name.c_str()) < 0)
      return os_error_about(path, "cannot rename it to " + settings_.backup_name);
    return settings_.backup_name;
  }
  const std::string first = fmt::format("{}.{}", path, now);
  std::string backup = first;
  for (int number = 1; number < kMostRotationsASecond; ++number) {
    if (::renameat2(AT_FDCWD, path.c_str(), AT_FDCWD, backup.c_str(), RENAME_NOREPLACE) == 0)
      return backup;
    if (errno != EEXIST) break;
    backup = fmt::format("{}.{}", first, number);
  }
  return os_error_about(path, "cannot rename it to " + backup);
}

std::uint64_t LogFile::size() const {
  struct stat about {};
  if (::fstat(fd_.get(), &about) < 0 || !S_ISREG(about.st_mode)) return 0;
  return static_cast<std::uint64_t>(about.st_size);
}

}  // namespace penstock::service
