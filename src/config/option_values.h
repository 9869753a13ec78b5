// SPDX-License-Identifier: MIT
// The values that are more than a number, a text or a yes: each function puts one into a Config
// and is false where it does not fit.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"

namespace penstock::config {

inline constexpr std::uint64_t kLargestHead = 16ULL << 20;
inline constexpr std::uint64_t kMostVariables = 65535;
inline constexpr std::uint64_t kUnlimited = 1ULL << 60;
inline constexpr std::uint64_t kDay = 24ULL * 3600 * 1000;  // in milliseconds

/// "660", "0660".
bool set_socket_mode(Config& config, std::string_view value);

/// The same for the umask and for log files.
bool set_umask(Config& config, std::string_view value);
bool set_log_mode(Config& config, std::string_view value);

/// What stands before names in ps, with a blank in between.
bool set_spaced_prefix(Config& config, std::string_view value);

/// An address that "=0", "=1", … stand for, appended.
bool add_shared_socket(Config& config, std::string_view value);

/// "NAME=value", appended.
bool add_variable(Config& config, std::string_view value);

/// A folder, or a pattern that is replaced by what it matches now; appended.
bool add_python_path(Config& config, std::string_view value);

/// "/=module:callable" or "/=app.py".
bool set_mount(Config& config, std::string_view value);

/// Words between blanks.
bool set_arguments(Config& config, std::string_view value);

/// uWSGI's size of a packet: the head may be as large, and never smaller than ours by default.
bool raise_head_bytes(Config& config, std::string_view value);

/// uWSGI's half number of variables: never fewer than ours by default.
bool raise_variables(Config& config, std::string_view value);

/// uWSGI's one time for all that a peer may wait with: head, body and answer.
bool set_socket_timeout(Config& config, std::string_view value);

/// The same of the answer alone.
bool set_write_timeout(Config& config, std::string_view value);

/// The same of uWSGI's HTTP router: body and answer.
bool set_http_timeout(Config& config, std::string_view value);

/// uWSGI's router: a bare yes, or the seconds a connection may idle.
bool set_http_keepalive(Config& config, std::string_view value);

/// A list of plugins that are all built in here: python, python3, python311, http, …
bool are_built_in_plugins(std::string_view value);

/// uWSGI's way to stop gracefully: unix_signal:15 gracefully_kill_them_all.
bool is_graceful_end(std::string_view value);

bool is_number(std::string_view value);
bool is_zero(std::string_view value);

/// The paths that match, in the alphabet's order; the pattern itself where none does.
std::vector<std::string> matches_of(const std::string& pattern);

}  // namespace penstock::config
