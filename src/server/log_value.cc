// SPDX-License-Identifier: MIT
#include "server/log_value.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "base/json_text.h"
#include "base/text.h"

namespace penstock::server {
namespace {

using config::LogEscape;
using config::LogField;
using config::LogPart;

constexpr std::uint64_t kMega = 1024 * 1024;
constexpr std::string_view kHttp = "HTTP_";

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  text::append_json_escaped(out, text);
  out += '"';
}

/// Quotes are escaped as well: a format may put a value between them.
void append_text(std::string& out, std::string_view value) {
  for (std::size_t quote = value.find('"'); quote != value.npos; quote = value.find('"')) {
    text::append_escaped(out, value.substr(0, quote));
    out += "\\x22";
    value.remove_prefix(quote + 1);
  }
  text::append_escaped(out, value);
}

}  // namespace

void LogValues::append(std::string& out, const LogPart& part, Style style) {
  const bool json = style.escape == LogEscape::Json;
  if (part.field == LogField::AllLogVariables) {
    if (!json || !part.in_quotes) return append_all_variables(out, style);
    std::string object;
    append_all_variables(object, style);
    return text::append_json_escaped(out, object);
  }
  const Value value = value_of(part);
  if (const auto* number = std::get_if<std::int64_t>(&value)) return append_number(out, *number);
  if (const auto* number = std::get_if<std::uint64_t>(&value)) return append_number(out, *number);
  const std::string_view text = std::get<std::string_view>(value).substr(0, style.longest);
  if (!json) return text.empty() ? void(out += '-') : append_text(out, text);
  if (part.in_quotes) return text.empty() ? void(out += '-') : text::append_json_escaped(out, text);
  if (part.field == LogField::Seconds) return void(out += std::get<std::string_view>(value));
  if (text.empty()) return void(out += "null");
  append_json_string(out, text);
}

LogValues::Value LogValues::value_of(const LogPart& part) {
  switch (part.field) {
    case LogField::Uri:
      return request_.target;
    case LogField::Method:
      return request_.method;
    case LogField::User:
      return request_.remote_user;
    case LogField::Address:
      return client_address(request_, config_.forwarded_for);
    case LogField::Host:
      return request_.host;
    case LogField::Protocol:
      return request_.protocol;
    case LogField::Agent:
      return field_value(request_, "user-agent");
    case LogField::Referer:
      return field_value(request_, "referer");
    case LogField::RequestVariable:
      return variable(part.text);
    case LogField::LogVariable:
      return log_variable(part.text);
    case LogField::Literal:
    case LogField::AllLogVariables:
    case LogField::Nothing:
      return std::string_view();
    case LogField::Seconds:
      return seconds_text();
    default:
      break;
  }
  if (part.field >= LogField::StartSeconds && part.field <= LogField::Epoch)
    return time_of(part.field);
  return number_of(part.field);
}

LogValues::Value LogValues::time_of(LogField field) {
  const std::int64_t micros = record_.wall_micros;
  switch (field) {
    case LogField::StartSeconds:
      return micros / 1'000'000;
    case LogField::StartMilliseconds:
      return micros / 1000;
    case LogField::StartMicros:
      return micros;
    case LogField::CTime:
      return clock_.text(LogClock::Form::CTime, micros);
    case LogField::IsoTime:
      return clock_.text(LogClock::Form::Iso, micros);
    case LogField::FormattedTime:
      if (config_.date_in_format && !config_.date.empty())
        return clock_.text(LogClock::Form::Own, micros);
      [[fallthrough]];
    case LogField::LogTime:
      return clock_.text(LogClock::Form::Log, micros);
    default:  // Epoch: now
      return wall_micros() / 1'000'000;
  }
}

LogValues::Value LogValues::number_of(LogField field) {
  switch (field) {
    case LogField::ContentLength:
      return record_.received_bytes;
    case LogField::Variables:
      return std::uint64_t{request_.variable_count} * 2;  // keys and values, as uWSGI counts
    case LogField::PacketSize:
      return std::uint64_t{request_.packet_size};
    case LogField::Status:
      return std::int64_t{record_.status};
    case LogField::BodySize:
      return record_.body_bytes;
    case LogField::HeadSize:
      return std::uint64_t{record_.header_bytes};
    case LogField::WholeSize:
      return record_.body_bytes + record_.header_bytes;
    case LogField::HeaderCount:
      return std::uint64_t{record_.header_count};
    case LogField::WriteErrors:
      return std::uint64_t{record_.write_failed};
    case LogField::Micros:
      return timings().total;
    case LogField::Milliseconds:
      return timings().total / 1000;
    case LogField::Receive:
      return timings().receive;
    case LogField::Queue:
      return timings().queue;
    case LogField::App:
      return timings().app;
    case LogField::Gil:
      return timings().lock;
    case LogField::Cpu:
      return timings().cpu;
    case LogField::Write:
      return timings().write;
    case LogField::Pid:
      return std::int64_t{worker_.pid};
    case LogField::Worker:
      return std::int64_t{worker_.number};
    case LogField::Core:
      return std::int64_t{record_.slot};
    case LogField::Switches:
      return std::uint64_t{1};
    case LogField::AddressSpace:
      return memory().address_space;
    case LogField::Resident:
      return memory().resident;
    case LogField::AddressSpaceMega:
      return memory().address_space / kMega;
    case LogField::ResidentMega:
      return memory().resident / kMega;
    case LogField::WorkerRequests:
      return entry_.worker_requests;
    case LogField::TotalRequests:
      return entry_.total_requests;
    default:  // ReadErrors, Modifier: a request that cannot be read is none; modifiers are 0
      return std::uint64_t{0};
  }
}

/// A CGI variable of the request, whichever protocol it came by.
std::string_view LogValues::variable(std::string_view name) const {
  struct Known {
    std::string_view name;
    std::string_view http::Request::*member;
  };
  constexpr std::array kKnown{Known{"REQUEST_METHOD", &http::Request::method},
                              Known{"REQUEST_URI", &http::Request::target},
                              Known{"PATH_INFO", &http::Request::path},
                              Known{"QUERY_STRING", &http::Request::query},
                              Known{"SCRIPT_NAME", &http::Request::script_name},
                              Known{"SERVER_PROTOCOL", &http::Request::protocol},
                              Known{"SERVER_NAME", &http::Request::server_name},
                              Known{"SERVER_PORT", &http::Request::server_port},
                              Known{"REMOTE_ADDR", &http::Request::remote_address},
                              Known{"REMOTE_PORT", &http::Request::remote_port},
                              Known{"REMOTE_USER", &http::Request::remote_user},
                              Known{"REQUEST_SCHEME", &http::Request::scheme},
                              Known{"CONTENT_TYPE", &http::Request::content_type},
                              Known{"HTTP_HOST", &http::Request::host}};
  for (const Known& known : kKnown)
    if (known.name == name) return request_.*known.member;
  if (name.starts_with(kHttp)) return field_value(request_, name.substr(kHttp.size()));
  for (const auto& [key, value] : request_.variables)
    if (key == name) return value;
  return {};
}

std::string_view LogValues::log_variable(std::string_view name) const {
  for (const auto& [key, value] : record_.variables)
    if (key == name) return value;
  return {};
}

/// As an object where the line is JSON; else "name=value" with blanks between.
void LogValues::append_all_variables(std::string& out, Style style) const {
  const bool json = style.escape == LogEscape::Json;
  if (json) out += '{';
  bool first = true;
  for (const auto& [name, value] : record_.variables) {
    if (style.longest == 0) break;
    if (!first) out += json ? ',' : ' ';
    first = false;
    const std::string_view key = std::string_view(name).substr(0, style.longest);
    const std::string_view text = std::string_view(value).substr(0, style.longest);
    if (json) {
      append_json_string(out, key);
      out += ':';
      append_json_string(out, text);
    } else {
      append_text(out, key);
      out += '=';
      append_text(out, text);
    }
  }
  if (json) {
    out += '}';
  } else if (first) {
    out += '-';
  }
}

const LogTimings& LogValues::timings() {
  if (!timings_) timings_.emplace(record_);
  return *timings_;
}

const MemoryUse& LogValues::memory() {
  if (!use_) use_ = memory_.read();
  return *use_;
}

std::string_view LogValues::seconds_text() {
  const double seconds = static_cast<double>(timings().total) / 1e6;
  const int size = std::snprintf(seconds_, sizeof seconds_, "%f", seconds);
  return {seconds_, static_cast<std::size_t>(std::max(size, 0))};
}

}  // namespace penstock::server
