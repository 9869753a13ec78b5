// SPDX-License-Identifier: MIT
// `penstock top` and `penstock status`.
#pragma once

namespace penstock::console {

/// Both return the exit code; `argv` begins with the command's name.
int top(int argc, char* const* argv);
int status(int argc, char* const* argv);

}  // namespace penstock::console
