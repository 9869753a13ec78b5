// SPDX-License-Identifier: MIT
#include "supervisor/autoreload.h"

#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "base/log.h"

namespace penstock::supervisor {
namespace {

std::set<std::string> source_folders(const config::AppConfig& app) {
  std::set<std::string> folders{"."};
  if (!app.file.empty()) {
    const std::string folder = std::filesystem::path(app.file).parent_path().string();
    if (!folder.empty()) folders.insert(folder);
  }
  for (const std::string& folder : app.python_path)
    if (std::filesystem::is_directory(folder)) folders.insert(folder);
  return folders;
}

}  // namespace

std::unique_ptr<service::TreeWatch> watch_sources(net::Loop& loop, const config::Config& config,
                                                  std::function<void()> changed) {
  if (!config.autoreload.enabled) return nullptr;
  service::TreeWatch::Settings settings;
  settings.counts = [](std::string_view name) { return name.ends_with(".py"); };
  settings.changed = [changed = std::move(changed)](const std::set<std::string>& paths) {
    log::info("{} has changed{}", *paths.begin(),
              paths.size() > 1 ? fmt::format(", and {} more", paths.size() - 1) : "");
    changed();
  };
  auto watch = service::TreeWatch::create(loop, std::move(settings));
  if (!watch) {
    log::error("--py-autoreload: {}", watch.error().what);
    return nullptr;
  }
  for (const std::string& folder : source_folders(config.app))
    if (const auto added = (*watch)->add(folder); !added)
      log::warning("--py-autoreload: {}", added.error().what);
  log::info("watching {} folders for Python files that change", (*watch)->folders());
  return std::move(*watch);
}

}  // namespace penstock::supervisor
