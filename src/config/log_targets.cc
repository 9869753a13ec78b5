// SPDX-License-Identifier: MIT
#include "config/log_targets.h"

#include <syslog.h>

#include <algorithm>
#include <array>

#include "base/text.h"

namespace penstock::config {
namespace {

constexpr std::string_view kDefaultProgram = "penstock";
constexpr unsigned int kInfo = LOG_INFO;

struct Facility {
  std::string_view name;
  unsigned int number;
};
constexpr std::array kFacilities{
    Facility{"user", LOG_USER},     Facility{"daemon", LOG_DAEMON}, Facility{"auth", LOG_AUTH},
    Facility{"local0", LOG_LOCAL0}, Facility{"local1", LOG_LOCAL1}, Facility{"local2", LOG_LOCAL2},
    Facility{"local3", LOG_LOCAL3}, Facility{"local4", LOG_LOCAL4}, Facility{"local5", LOG_LOCAL5},
    Facility{"local6", LOG_LOCAL6}, Facility{"local7", LOG_LOCAL7}};

/// What stands before the first `separator`; `text` becomes what stands behind it.
std::string_view take(std::string_view& text, char separator) {
  const std::size_t end = text.find(separator);
  const std::string_view first = text.substr(0, end);
  text = end == text.npos ? std::string_view() : text.substr(end + 1);
  return first;
}

/// "blog,local0": both may be missing.
bool read_syslog(std::string_view rest, LogTarget& target) {
  const std::string_view program = take(rest, ',');
  target.program = program.empty() ? kDefaultProgram : program;
  const std::string_view wanted = rest.empty() ? "daemon" : rest;
  const auto* const found =
      std::find_if(kFacilities.begin(), kFacilities.end(),
                   [wanted](const Facility& facility) { return facility.name == wanted; });
  if (found == kFacilities.end()) return false;
  target.priority = found->number | kInfo;
  target.where = "/dev/log";
  return true;
}

/// "192.0.2.1:514,blog,29": only the host is needed.
bool read_remote_syslog(std::string_view rest, LogTarget& target) {
  target.where = take(rest, ',');
  if (target.where.empty()) return false;
  const bool has_port = target.where.find(':') != std::string::npos;
  if (target.where.front() != '/' && !has_port) target.where += ":514";
  const std::string_view program = take(rest, ',');
  target.program = program.empty() ? kDefaultProgram : program;
  target.priority = LOG_DAEMON | LOG_NOTICE;
  if (rest.empty()) return true;
  const auto priority = text::parse_unsigned(rest);
  if (!priority || *priority > (LOG_FACMASK | LOG_PRIMASK)) return false;
  target.priority = static_cast<unsigned int>(*priority);
  return true;
}

bool read_target(std::string_view text, LogTarget& target) {
  using Kind = LogTarget::Kind;
  const std::string_view plugin = take(text, ':');
  target.where = text;
  if (plugin == "stdio") {
    target.kind = Kind::Standard;
    return text.empty();
  }
  if (plugin == "syslog") {
    target.kind = Kind::Syslog;
    return read_syslog(text, target);
  }
  if (plugin == "rsyslog") {
    target.kind = Kind::RemoteSyslog;
    return read_remote_syslog(text, target);
  }
  target.kind = plugin == "file" ? Kind::File : Kind::Socket;
  return (plugin == "file" || plugin == "socket") && !text.empty();
}

std::optional<LogEncoder::Kind> encoder_kind(std::string_view name) {
  using Kind = LogEncoder::Kind;
  if (name == "prefix") return Kind::Prefix;
  if (name == "suffix") return Kind::Suffix;
  if (name == "nl") return Kind::NewLine;
  if (name == "format") return Kind::Format;
  if (name == "json") return Kind::Json;
  return std::nullopt;
}

}  // namespace

std::optional<LogTarget> parse_log_target(std::string_view text) {
  LogTarget target;
  if (read_target(text, target)) return target;
  target.name = take(text, ' ');
  if (!target.name.empty() && read_target(text::trim(text), target)) return target;
  return std::nullopt;
}

std::optional<LogEncoder> parse_log_encoder(std::string_view text) {
  std::string_view head = take(text, ' ');
  LogEncoder encoder;
  const auto kind = encoder_kind(take(head, ':'));
  if (!kind) return std::nullopt;
  encoder.kind = *kind;
  encoder.target = head;
  encoder.text = text;
  if (encoder.text.empty() && encoder.kind != LogEncoder::Kind::NewLine) return std::nullopt;
  return encoder;
}

}  // namespace penstock::config
