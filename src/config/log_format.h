// SPDX-License-Identifier: MIT
// --log-format: a line of the request log as a list of parts, made once. uWSGI's names, and ours
// for where the time went. docs/logging.md has the table.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace penstock::config {

/// What stands at a place of the line.
enum class LogField : std::uint8_t {
  Literal,
  // of the request
  Uri,
  Method,
  User,
  Address,
  Host,
  Protocol,
  Agent,
  Referer,
  ContentLength,
  Variables,
  PacketSize,
  Modifier,
  RequestVariable,
  // of the answer
  Status,
  BodySize,
  HeadSize,
  WholeSize,
  HeaderCount,
  WriteErrors,
  ReadErrors,
  // when
  StartSeconds,
  StartMilliseconds,
  StartMicros,
  LogTime,
  FormattedTime,
  CTime,
  IsoTime,
  Epoch,
  // how long
  Micros,
  Milliseconds,
  Seconds,
  Receive,
  Queue,
  App,
  Gil,
  Cpu,
  Write,
  // where
  Pid,
  Worker,
  Core,
  Switches,
  AddressSpace,
  Resident,
  AddressSpaceMega,
  ResidentMega,
  WorkerRequests,
  TotalRequests,
  // what the app said
  LogVariable,
  AllLogVariables,
  Nothing,  // a name that we know and have no value for
};

struct LogPart {
  LogField field = LogField::Literal;
  std::string text;        // the literal, or the variable's name
  bool in_quotes = false;  // within a string of a JSON format
};

/// Json: values are escaped so that a format that is JSON gives JSON whatever a peer sends.
enum class LogEscape : std::uint8_t { Text, Json };

struct LogFormat {
  std::vector<LogPart> parts;
  LogEscape escape = LogEscape::Text;

  /// Whether a part's field is between the two, in the order of LogField.
  bool uses(LogField first, LogField last) const;
};

inline constexpr std::size_t kLongestLogFormat = 2048;  // what is not a variable, in bytes
inline constexpr std::size_t kMostLogParts = 100;

/// Reads a format. Without `escape` one that begins with '{' is JSON.
Result<LogFormat> parse_log_format(std::string_view text, std::optional<LogEscape> escape);

/// The format of --log-json.
extern const std::string_view kJsonLogFormat;

}  // namespace penstock::config
