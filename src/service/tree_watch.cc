// SPDX-License-Identifier: MIT
// inotify(7) knows single folders only, so each new one is added as it appears.
#include "service/tree_watch.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "base/log.h"

namespace penstock::service {
namespace {

// IN_CLOSE_WRITE and not IN_MODIFY: a file that is still being written is no good yet.
constexpr std::uint32_t kEvents = IN_CLOSE_WRITE | IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM |
                                  IN_DELETE | IN_ONLYDIR | IN_DONT_FOLLOW | IN_EXCL_UNLINK;

bool is_left_out(std::string_view folder) {
  return folder.starts_with('.') || folder == "__pycache__";
}

}  // namespace

Result<std::unique_ptr<TreeWatch>> TreeWatch::create(net::Loop& loop, Settings settings) {
  Fd inotify(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (!inotify) return os_error("inotify_init1");
  const int fd = inotify.get();
  std::unique_ptr<TreeWatch> made(new TreeWatch(loop, std::move(settings), std::move(inotify)));
  TRY(loop.watch(fd, EPOLLIN, *made));
  return made;
}

TreeWatch::TreeWatch(net::Loop& loop, Settings settings, Fd inotify)
    : loop_(loop), settings_(std::move(settings)), inotify_(std::move(inotify)) {}

TreeWatch::~TreeWatch() {
  loop_.forget(inotify_.get(), *this);
}

Result<> TreeWatch::add(const std::string& folder) {
  return add(folder, Contents::Known);
}

Result<> TreeWatch::add(const std::string& folder, Contents contents) {
  const int watch = ::inotify_add_watch(inotify_.get(), folder.c_str(), kEvents);
  if (watch < 0) {
    if (contents == Contents::New && (errno == ENOENT || errno == ENOTDIR)) return {};
    return os_error_about(folder, "inotify_add_watch");
  }
  folders_[watch] = folder;
  std::error_code error;
  // Read after it is watched: what appears meanwhile is seen twice rather than never.
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    std::error_code ignored;
    if (entry.is_directory(ignored) && !entry.is_symlink(ignored)) {
      if (!is_left_out(name)) TRY(add(entry.path().string(), contents));
    } else if (contents == Contents::New && settings_.counts(name)) {
      changed_.insert(entry.path().string());
    }
  }
  return {};
}

void TreeWatch::on_ready(std::uint32_t) {
  alignas(inotify_event) std::array<char, 16384> buffer;
  for (;;) {
    const ssize_t got = ::read(inotify_.get(), buffer.data(), buffer.size());
    if (got <= 0) break;
    for (std::size_t at = 0; at < static_cast<std::size_t>(got);) {
      inotify_event event;
      std::memcpy(&event, buffer.data() + at, sizeof event);
      const char* const name = buffer.data() + at + sizeof event;
      take(event.wd, event.mask, std::string_view(name, ::strnlen(name, event.len)));
      at += sizeof event + event.len;
    }
  }
  if (!changed_.empty()) loop_.timers().arm(*this, loop_.now() + settings_.settle);
}

void TreeWatch::take(int watch, std::uint32_t mask, std::string_view name) {
  const auto found = folders_.find(watch);
  if (found == folders_.end()) return;
  if ((mask & IN_IGNORED) != 0) {  // the folder is gone
    folders_.erase(found);
    return;
  }
  const std::string path = found->second + '/' + std::string(name);
  if ((mask & IN_ISDIR) == 0) {
    if (settings_.counts(name) && (mask & IN_CREATE) == 0) changed_.insert(path);
    return;
  }
  if ((mask & (IN_CREATE | IN_MOVED_TO)) == 0 || is_left_out(name)) return;
  if (const auto added = add(path, Contents::New); !added)
    log::warning("changes may go unseen: {}", added.error().what);
}

void TreeWatch::on_timeout() {
  const std::set<std::string> changed = std::exchange(changed_, {});
  settings_.changed(changed);
}

}  // namespace penstock::service
