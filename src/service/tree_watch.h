// SPDX-License-Identifier: MIT
// Folders whose files are watched, with all folders below: for reloading an app whose source
// changes.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/fd.h"
#include "base/result.h"
#include "net/loop.h"

namespace penstock::service {

class TreeWatch final : public net::Watcher, private net::Timer {
 public:
  struct Settings {
    /// Which files count, by name: those that end in ".py", say.
    std::function<bool(std::string_view name)> counts;
    /// Gets all paths of a burst of changes once nothing has changed for `settle`.
    std::function<void(const std::set<std::string>& changed)> changed;
    milliseconds settle{100};
  };

  /// The loop outlives the result.
  static Result<std::unique_ptr<TreeWatch>> create(net::Loop& loop, Settings settings);
  ~TreeWatch() override;

  /// Watches a folder and those below, apart from hidden ones and __pycache__; links are not
  /// followed. The error says that not all of it is watched: fs.inotify.max_user_watches.
  Result<> add(const std::string& folder);

  std::size_t folders() const { return folders_.size(); }

 private:
  enum class Contents { Known, New };

  TreeWatch(net::Loop& loop, Settings settings, Fd inotify);
  void on_ready(std::uint32_t events) override;
  void on_timeout() override;
  Result<> add(const std::string& folder, Contents contents);
  void take(int watch, std::uint32_t mask, std::string_view name);

  net::Loop& loop_;
  Settings settings_;
  Fd inotify_;
  std::map<int, std::string> folders_;  // by inotify's number
  std::set<std::string> changed_;
};

}  // namespace penstock::service
