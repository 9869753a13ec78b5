// SPDX-License-Identifier: MIT
// Times as logs write them, read and shown by the clock that wrote them: no zone is applied.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace penstock::report {

/// "Tue Nov 14 22:13:20 2023".
std::optional<std::int64_t> read_ctime(std::string_view text);
/// "2023-11-14T22:13:20.123456+00:00", whatever follows the seconds.
std::optional<std::int64_t> read_iso_time(std::string_view text);
/// "14/Nov/2023:22:13:20 +0000".
std::optional<std::int64_t> read_log_time(std::string_view text);

/// "2023-11-14 22:13:20".
std::string show_time(std::int64_t second);

}  // namespace penstock::report
