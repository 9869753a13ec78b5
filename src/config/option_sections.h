// SPDX-License-Identifier: MIT
// The rows of the option table, one section a heading of --help. Others ask
// option_table.h, but for toml.cc, which tells apart what belongs to an app and to a socket.
#pragma once

#include "config/option_table.h"

namespace penstock::config {

Section app_section();
Section sockets_section();
Section processes_section();
Section recycling_section();
Section elastic_section();
Section request_times_section();
Section resources_section();
Section limits_section();
Section timeouts_section();
Section logging_section();
Section stats_section();
Section log_files_section();
Section log_targets_section();
Section service_section();
Section files_section();
Section logic_section();
Section general_section();
Section compatibility_section();

}  // namespace penstock::config
