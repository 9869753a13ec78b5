// SPDX-License-Identifier: MIT
// The rows of the option table, one section a heading of --help. Used by option_table.cc alone.
#pragma once

#include "config/option_table.h"

namespace penstock::config {

Section app_section();
Section sockets_section();
Section processes_section();
Section recycling_section();
Section elastic_section();
Section limits_section();
Section timeouts_section();
Section logging_section();
Section files_section();
Section logic_section();
Section general_section();
Section compatibility_section();

}  // namespace penstock::config
