// SPDX-License-Identifier: MIT
// How the processes are called in ps.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "config/config.h"

namespace penstock::config {

enum class Role : std::uint8_t { Master, Zygote, Worker };

/// What ps is to show; nothing if the command line is to stay. `number`: a worker's.
std::optional<std::string> process_name(const ProcessNamesConfig& names, Role role, int number = 0);

}  // namespace penstock::config
