// SPDX-License-Identifier: MIT
// The value of a Date field, made once a second.
#pragma once

#include <string_view>

namespace penstock::server {

/// IMF-fixdate of now (RFC 9110, section 5.6.7). Lives until this thread's next call.
std::string_view current_date();

}  // namespace penstock::server
