// SPDX-License-Identifier: MIT
// Files whose change is a command: touch /srv/site/reload.
#pragma once

#include <sys/stat.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/fd.h"
#include "net/loop.h"

namespace penstock::service {

/// Calls back when a file gets another time of modification, appears, or is replaced; not when it
/// goes. inotify(7) watches its folder, and where it cannot (no such folder, no more watches)
/// each second has a look.
class TouchFiles final : public net::Watcher, private net::Timer {
 public:
  using Handler = std::function<void(const std::string& path)>;

  /// How long a burst of changes may last that counts as one.
  static constexpr milliseconds kSettle{50};
  static constexpr milliseconds kLook{1000};  // where inotify cannot help

  /// The loop outlives it.
  explicit TouchFiles(net::Loop& loop);
  ~TouchFiles() override;

  /// What `path` is now is taken as known. The handler may not add or destroy. Paths are seen
  /// from the current folder.
  void add(const std::string& path, Handler handler);

 private:
  /// Enough of a file to tell whether it was touched.
  struct State {
    timespec modified{};
    dev_t device = 0;
    ino_t inode = 0;
    bool operator==(const State& other) const;
  };
  struct File {
    std::string path;
    Handler handler;
    std::optional<State> state;  // nothing: it is not there
  };

  void on_ready(std::uint32_t events) override;
  void on_timeout() override { look(); }
  void look();
  void watch_folders();
  bool watch_folder_of(const std::string& path) const;
  static std::optional<State> state_of(const std::string& path);

  net::Loop& loop_;
  Fd inotify_;
  std::vector<File> files_;
};

}  // namespace penstock::service
