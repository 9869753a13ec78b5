// SPDX-License-Identifier: MIT
// What to do instead of options of uWSGI that Penstock does not have.
#pragma once

#include <string_view>

namespace penstock::config {

/// "systemd restarts and limits programs: …" for a name of uWSGI's; empty where there is nothing
/// to do but to wait or to leave the option out.
std::string_view advice_about(std::string_view uwsgi_name);

}  // namespace penstock::config
