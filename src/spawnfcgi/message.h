// SPDX-License-Identifier: MIT
// What is said, in spawn-fcgi's form, which scripts read.
#pragma once

#include <string_view>

namespace penstock::spawnfcgi {

/// "spawn-fcgi: …" on standard output, and on standard error.
void say(std::string_view what);
void complain(std::string_view what);

}  // namespace penstock::spawnfcgi
