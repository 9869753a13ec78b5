// SPDX-License-Identifier: MIT
#include "spawn/search_path.h"

#include "base/text.h"

namespace penstock::spawn {

std::vector<std::string> search_path(std::string_view name, std::string_view path) {
  if (name.find('/') != std::string_view::npos) return {std::string(name)};
  std::vector<std::string> result;
  for (const std::string_view folder : text::split(path, ':')) {
    std::string candidate(folder.empty() ? "." : folder);
    candidate.append("/").append(name);
    result.push_back(std::move(candidate));
  }
  return result;
}

}  // namespace penstock::spawn
