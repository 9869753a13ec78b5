// SPDX-License-Identifier: MIT
// `penstock report FILE…`: what a request log says, in the terminal, as HTML or as JSON.
#pragma once

namespace penstock::report {

/// `argv` begins with the command's name. Returns the exit code: 0; 1 where a file cannot be read
/// or written, or has no request at all; 2 for a wrong command line.
int run(int argc, char* const* argv);

}  // namespace penstock::report
