// SPDX-License-Identifier: MIT
// Which names uWSGI knows, so that an option that we do not have yet is not called unknown.
#pragma once

#include <string_view>
#include <vector>

namespace penstock::config {

/// All, sorted.
const std::vector<std::string_view>& uwsgi_names();

bool is_uwsgi_name(std::string_view name);

/// "harakiri" for 't'; empty for a letter that uWSGI does not use, or that the table has.
std::string_view uwsgi_name_of(char letter);

}  // namespace penstock::config
