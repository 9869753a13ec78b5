// SPDX-License-Identifier: MIT
// uWSGI's loggers and log encoders: where lines of the log go, and what is made of them before.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace penstock::config {

struct LogTarget {
  enum class Kind : std::uint8_t { Standard, File, Socket, Syslog, RemoteSyslog };
  Kind kind = Kind::Standard;
  std::string name;           // for encoders; may be empty
  std::string where;          // a path; an address of datagrams
  std::string program;        // what syslog calls us
  unsigned int priority = 0;  // syslog's: facility and level
};

struct LogEncoder {
  enum class Kind : std::uint8_t { Prefix, Suffix, NewLine, Format, Json };
  Kind kind = Kind::NewLine;
  std::string target;  // the name of the only target that it is for; empty: all
  std::string text;
};

/// A stream of lines: messages and what the app prints, or requests.
struct LogStreamConfig {
  std::vector<LogTarget> targets;
  std::vector<LogEncoder> encoders;  // one after the other
  bool is_used() const { return !targets.empty() || !encoders.empty(); }
};

struct LogTargetsConfig {
  LogStreamConfig messages;
  LogStreamConfig requests;  // unused: they are messages too
  bool is_used() const { return messages.is_used() || requests.is_used(); }
};

/// "file:/var/log/x.log", "syslog:blog,local0", "errors rsyslog:192.0.2.1:514,blog",
/// "socket:127.0.0.1:5000", "stdio".
std::optional<LogTarget> parse_log_target(std::string_view text);

/// "prefix [blog] ", "json {"message":"${msg}"}", "format:errors ${unix} ${msg}", "nl".
std::optional<LogEncoder> parse_log_encoder(std::string_view text);

}  // namespace penstock::config
