// SPDX-License-Identifier: MIT
// An event only says that something may have happened; what did happen is told by stat(2). So
// symbolic links, replaced folders and lost events need no thought of their own.
#include "service/touch_files.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <system_error>

#include "service/owned_file.h"

namespace penstock::service {
namespace {

constexpr std::uint32_t kEvents = IN_ATTRIB | IN_CLOSE_WRITE | IN_CREATE | IN_MOVED_TO |
                                  IN_MOVED_FROM | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF |
                                  IN_ONLYDIR;

}  // namespace

bool TouchFiles::State::operator==(const State& other) const {
  return modified.tv_sec == other.modified.tv_sec && modified.tv_nsec == other.modified.tv_nsec &&
         device == other.device && inode == other.inode;
}

TouchFiles::TouchFiles(net::Loop& loop)
    : loop_(loop), inotify_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {
  if (inotify_ && !loop_.watch(inotify_.get(), EPOLLIN, *this)) inotify_.reset();
}

TouchFiles::~TouchFiles() {
  if (inotify_) loop_.forget(inotify_.get(), *this);
}

void TouchFiles::add(const std::string& path, Handler handler) {
  std::string whole = absolute_path(path);
  std::optional<State> state = state_of(whole);
  files_.push_back({std::move(whole), std::move(handler), state});
  watch_folders();
}

std::optional<TouchFiles::State> TouchFiles::state_of(const std::string& path) {
  struct stat about {};
  if (::stat(path.c_str(), &about) < 0) return std::nullopt;
  return State{about.st_mtim, about.st_dev, about.st_ino};
}

void TouchFiles::on_ready(std::uint32_t) {
  alignas(inotify_event) std::array<char, 4096> events;
  while (::read(inotify_.get(), events.data(), events.size()) > 0) {
  }
  const SteadyTime soon = loop_.now() + kSettle;
  if (!armed() || deadline() > soon) loop_.timers().arm(*this, soon);
}

void TouchFiles::look() {
  watch_folders();  // before stat(2), so that no change falls in between
  for (File& file : files_) {
    const std::optional<State> before = std::exchange(file.state, state_of(file.path));
    if (file.state && file.state != before) file.handler(file.path);
  }
}

/// Watching once more is harmless, and finds folders that were made, moved or replaced.
void TouchFiles::watch_folders() {
  bool all_are_watched = true;
  for (const File& file : files_)
    if (!watch_folder_of(file.path)) all_are_watched = false;
  if (!all_are_watched && !armed()) loop_.timers().arm(*this, loop_.now() + kLook);
}

bool TouchFiles::watch_folder_of(const std::string& path) const {
  if (!inotify_) return false;
  const auto watch = [this](const std::filesystem::path& file) {
    const std::string folder = file.parent_path().string();
    return ::inotify_add_watch(inotify_.get(), folder.c_str(), kEvents) >= 0;
  };
  if (!watch(path)) return false;
  // Where it is a link, or stands behind one, the touch happens elsewhere.
  std::error_code error;
  const auto target = std::filesystem::canonical(path, error);
  return error || target == path || watch(target);
}

}  // namespace penstock::service
