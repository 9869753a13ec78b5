// SPDX-License-Identifier: MIT
// What an argument that is no option means, as in uWSGI: an app, or a file of options.
#pragma once

#include <string_view>

#include "base/result.h"
#include "config/config.h"

namespace penstock::config {

/// "app.py", "app.wsgi" and "app.py:callable" are files, "module:callable" and "package.module"
/// modules, "site.ini" and "site.yaml:section" files of options. "site.wsgi:app" is a module where
/// no such file is, for that is Django's usual name.
Result<Settings> read_positional(std::string_view argument);

}  // namespace penstock::config
