// SPDX-License-Identifier: MIT
// Where a program may be, by the rules of execvp(3).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace penstock::spawn {

/// `name` itself if it holds a slash; else `name` in each folder of `path` (as $PATH is written;
/// an empty folder is the current one), in order.
std::vector<std::string> search_path(std::string_view name, std::string_view path);

}  // namespace penstock::spawn
