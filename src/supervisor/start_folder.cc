// SPDX-License-Identifier: MIT
#include "supervisor/start_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <system_error>

namespace penstock::supervisor {
namespace {

constexpr int kFlags = O_PATH | O_DIRECTORY | O_CLOEXEC;

}  // namespace

Result<StartFolder> StartFolder::here() {
  Fd folder{::open(".", kFlags)};
  if (!folder) return os_error("the current folder");
  std::error_code unknown;
  std::string name = std::filesystem::current_path(unknown).string();
  return StartFolder(unknown ? std::string() : std::move(name), std::move(folder));
}

Result<Fd> StartFolder::open() const {
  if (!name_.empty()) {
    Fd now{::open(name_.c_str(), kFlags)};
    if (now) return now;
  }
  struct stat about {};
  if (::fstat(folder_.get(), &about) < 0) return os_error_about(name_, "fstat");
  if (about.st_nlink == 0)
    return fail(name_ + ": the folder that the server was started in is gone");
  Fd same{::fcntl(folder_.get(), F_DUPFD_CLOEXEC, 0)};
  if (!same) return os_error_about(name_, "fcntl");
  return same;
}

Result<> StartFolder::enter() const {
  const Fd folder = TRY(open());
  if (::fchdir(folder.get()) < 0) return os_error_about(name_, "fchdir");
  return {};
}

}  // namespace penstock::supervisor
