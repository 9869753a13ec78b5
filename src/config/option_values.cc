// SPDX-License-Identifier: MIT
// The values that are more than a number, a text or a yes.
#include "config/option_values.h"

#include <glob.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "config/option.h"

namespace penstock::config {
namespace {

std::optional<milliseconds> parse_timeout(std::string_view value) {
  const auto time = text::parse_duration_ms(value);
  if (!time || *time > kDay) return std::nullopt;
  return milliseconds(*time);
}

bool set_mode(std::optional<mode_t>& field, std::string_view value) {
  if (value.empty() || value.size() > 4) return false;
  mode_t mode = 0;
  for (const char digit : value) {
    if (digit < '0' || digit > '7') return false;
    mode = mode * 8 + static_cast<mode_t>(digit - '0');
  }
  if (mode > 0777) return false;
  field = mode;
  return true;
}

bool is_pattern(std::string_view path) {
  return path.find_first_of("*?[") != path.npos;
}

/// "python3", "python311", "python3.11": digits and dots after the 3.
bool is_python3(std::string_view name) {
  constexpr std::string_view kPrefix = "python3";
  return name.starts_with(kPrefix) &&
         name.find_first_not_of("0123456789.", kPrefix.size()) == name.npos;
}

}  // namespace

bool set_socket_mode(Config& config, std::string_view value) {
  return set_mode(config.socket.chmod, value);
}

bool set_umask(Config& config, std::string_view value) {
  return set_mode(config.service.umask, value);
}

bool set_log_mode(Config& config, std::string_view value) {
  return set_mode(config.log_file.mode, value);
}

bool set_spaced_prefix(Config& config, std::string_view value) {
  config.process_names.prefix = std::string(value) + ' ';
  return !value.empty();
}

bool add_shared_socket(Config& config, std::string_view value) {
  if (value.empty()) return false;
  config.socket.shared.emplace_back(value);
  return true;
}

bool add_variable(Config& config, std::string_view value) {
  const std::size_t equals = value.find('=');
  if (equals == 0 || equals == value.npos) return false;
  config.app.environment.emplace_back(value.substr(0, equals), value.substr(equals + 1));
  return true;
}

bool add_python_path(Config& config, std::string_view value) {
  if (value.empty()) return false;
  std::vector<std::string>& paths = config.app.python_path;
  if (!is_pattern(value)) {
    paths.emplace_back(value);
    return true;
  }
  for (std::string& path : matches_of(std::string(value)))
    paths.push_back(std::move(path));
  return true;
}

bool set_mount(Config& config, std::string_view value) {
  const std::size_t equals = value.find('=');
  const std::string_view app = equals == value.npos ? "" : value.substr(equals + 1);
  if (app.empty() || value.substr(0, equals) != "/") return false;
  const bool is_file = app.ends_with(".py") || app.ends_with(".wsgi");
  (is_file ? config.app.file : config.app.module) = app;
  return true;
}

bool set_arguments(Config& config, std::string_view value) {
  config.app.arguments.clear();
  for (const std::string_view word : text::split(value, ' '))
    if (!word.empty()) config.app.arguments.emplace_back(word);
  return true;
}

bool raise_head_bytes(Config& config, std::string_view value) {
  const auto bytes = text::parse_size(value);
  if (!bytes || *bytes > kLargestHead) return false;
  config.limits.head_bytes = std::max<std::size_t>(config.limits.head_bytes, *bytes);
  return true;
}

bool raise_variables(Config& config, std::string_view value) {
  const auto half = text::parse_unsigned(value);
  if (!half || *half > kMostVariables / 2) return false;
  config.limits.variables = std::max<std::size_t>(config.limits.variables, *half * 2);
  return true;
}

bool set_socket_timeout(Config& config, std::string_view value) {
  const auto time = parse_timeout(value);
  if (!time) return false;
  config.limits.header_timeout = *time;
  config.limits.body_timeout = *time;
  config.limits.write_timeout = *time;
  return true;
}

bool set_write_timeout(Config& config, std::string_view value) {
  const auto time = parse_timeout(value);
  if (!time) return false;
  config.limits.write_timeout = *time;
  return true;
}

bool set_http_timeout(Config& config, std::string_view value) {
  const auto time = parse_timeout(value);
  if (!time) return false;
  config.limits.body_timeout = *time;
  config.limits.write_timeout = *time;
  return true;
}

bool set_http_keepalive(Config& config, std::string_view value) {
  // Connections are always kept, so a plain yes changes nothing. Neither does a no, which is the
  // router's default.
  if (text::equals_ignoring_case(value, "true") || !is_true(value)) return true;
  const auto time = parse_timeout(value);
  if (!time) return false;
  config.limits.keepalive_timeout = *time;
  return true;
}

bool are_built_in_plugins(std::string_view value) {
  constexpr std::array<std::string_view, 4> kBuiltIn{"python", "http", "corerouter", "0"};
  const std::vector<std::string_view> names = text::split(value, ',');
  return std::all_of(names.begin(), names.end(), [&](std::string_view name) {
    name = text::trim(name);
    return is_python3(name) || std::find(kBuiltIn.begin(), kBuiltIn.end(), name) != kBuiltIn.end();
  });
}

bool is_graceful_end(std::string_view value) {
  const std::size_t blank = value.find_first_of(" \t");
  if (blank == value.npos) return false;
  const std::string_view signal = value.substr(0, blank);
  return (signal == "unix_signal:15" || signal == "unix_signal:2") &&
         text::trim(value.substr(blank)) == "gracefully_kill_them_all";
}

bool is_number(std::string_view value) {
  return text::parse_unsigned(value).has_value();
}

bool is_zero(std::string_view value) {
  return text::parse_unsigned(value) == 0U;
}

std::vector<std::string> matches_of(const std::string& pattern) {
  glob_t found{};
  std::vector<std::string> paths;
  if (::glob(pattern.c_str(), GLOB_NOCHECK, nullptr, &found) == 0)
    paths.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  ::globfree(&found);
  return paths;
}

}  // namespace penstock::config
