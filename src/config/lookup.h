// SPDX-License-Identifier: MIT
// From a setting to its option, and how errors name a setting.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "config/option.h"

namespace penstock::config {

/// Setting.origin of what stood on the command line.
inline constexpr std::string_view kCommandLine = "command line";

/// "--processes", "site.ini:12: processes", "environment UWSGI_PROCESSES".
std::string where(const Setting& setting);

/// The row of the setting's name. The error of an unknown name tells the nearest one.
Result<const Option*> lookup(const Setting& setting);

/// "--processes: expected a whole number from 1 to 4096, got \"many\"".
unexpected<Error> wrong_value(const Setting& setting, std::string_view expected);

/// The known name that `name` may have been meant as, or nothing.
std::optional<std::string_view> nearest_name(std::string_view name);

}  // namespace penstock::config
