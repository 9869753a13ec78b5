// SPDX-License-Identifier: MIT
// The body of answers that the server gives itself: text/plain, the status and nothing else.
#pragma once

#include <string>
#include <string_view>

namespace penstock::http {

constexpr std::string_view kErrorPageType = "text/plain; charset=utf-8";

/// Appends "404 Not Found", as a status line has it.
void append_status(std::string& out, int status);

/// "404 Not Found\n".
std::string error_page(int status);

}  // namespace penstock::http
