// SPDX-License-Identifier: MIT
// Options about the request log: which lines are written, and what they say.
#include "config/log_format.h"
#include "config/option_fields.h"
#include "config/option_sections.h"

namespace penstock::config {
namespace {

bool set_format(Config& config, std::string_view value) {
  if (value.empty() || !parse_log_format(value, std::nullopt)) return false;
  config.log.format = value;
  return true;
}

/// The last of --log-format and --log-json counts.
void use_json(Config& config, bool on) {
  if (on) {
    config.log.format = kJsonLogFormat;
  } else if (config.log.format == kJsonLogFormat) {
    config.log.format.clear();
  }
}

bool set_escape(Config& config, std::string_view value) {
  if (value == "auto") {
    config.log.escape.reset();
  } else if (value == "json") {
    config.log.escape = LogEscape::Json;
  } else if (value == "text") {
    config.log.escape = LogEscape::Text;
  } else {
    return false;
  }
  return true;
}

bool set_date(Config& config, std::string_view value) {
  config.log.date = is_true(value) ? value : std::string_view();
  return true;
}

template <auto Member, bool Yes = true>
constexpr Switch flag() {
  return switch_in<&Config::log, Member, Yes>();
}

constexpr Option kLogging[] = {
    {.names = "disable-logging",
     .letter = 'L',
     .kind = Kind::Flag,
     .effect = flag<&LogConfig::requests, false>(),
     .help = "Do not log requests, but those that the next options name"},
    {.names = "log-4xx",
     .kind = Kind::Flag,
     .effect = flag<&LogConfig::client_errors>(),
     .help = "Log answers of 400 to 499 even so"},
    {.names = "log-5xx",
     .kind = Kind::Flag,
     .effect = flag<&LogConfig::server_errors>(),
     .help = "Log answers of 500 to 599 even so"},
    {.names = "log-slow",
     .placeholder = "MS",
     .effect = number<&Config::log, &LogConfig::slow>(Unit::Count, 0, kDay, "off"),
     .help = "Log requests that took at least so many milliseconds even so"},
    {.names = "log-slow-stack",
     .placeholder = "MS",
     .effect = number<&Config::log, &LogConfig::slow_stack>(Unit::Count, 0, kDay, "off"),
     .help = "Log the Python stack of a request that runs for so many milliseconds, once"},
    {.names = "log-big log-large",
     .placeholder = "SIZE",
     .effect = number<&Config::log, &LogConfig::big>(Unit::Bytes, 0, kUnlimited, "off"),
     .help = "Log answers with a body of at least this size even so"},
    {.names = "log-zero",
     .kind = Kind::Flag,
     .effect = flag<&LogConfig::empty>(),
     .help = "Log answers without a body even so"},
    {.names = "log-sendfile",
     .kind = Kind::Flag,
     .effect = flag<&LogConfig::files>(),
     .help = "Log answers that were sent from a file even so"},
    {.names = "log-ioerror",
     .kind = Kind::Flag,
     .effect = flag<&LogConfig::failed>(),
     .help = "Log requests whose client was gone before the end even so"},
    {.names = "log-format logformat",
     .placeholder = "FORMAT",
     .effect = Custom{set_format, "a format of at most 2048 bytes with every \"%(\" closed"},
     .help = "What a line says, with %(uri), %(status), %(msecs) and so on"},
    {.names = "log-format-escape",
     .placeholder = "HOW",
     .standard = "auto",
     .effect = Custom{set_escape, "auto, json or text"},
     .help = "How values are escaped: json for formats that are JSON; auto knows them by their {"},
    {.names = "log-json",
     .kind = Kind::Flag,
     .effect = Switch{use_json},
     .help = "Log each request as one JSON object with all that is known of it"},
    {.names = "log-timings",
     .kind = Kind::Flag,
     .effect = flag<&LogConfig::timings>(),
     .help = "Add to uWSGI's line where the time went: receive, queue, app, gil, cpu, write"},
    {.names = "log-micros",
     .kind = Kind::Flag,
     .effect = flag<&LogConfig::micros>(),
     .help = "Microseconds instead of milliseconds in uWSGI's line"},
    {.names = "memory-report",
     .letter = 'm',
     .kind = Kind::Flag,
     .effect = flag<&LogConfig::memory>(),
     .help = "Begin uWSGI's line with the worker's memory"},
    {.names = "log-x-forwarded-for",
     .kind = Kind::Flag,
     .effect = flag<&LogConfig::forwarded_for>(),
     .help = "Log the address that X-Forwarded-For names; anybody can send that field"},
    {.names = "log-date logdate",
     .kind = Kind::OptionalValue,
     .placeholder = "FORMAT",
     .implied = "%a %b %e %H:%M:%S %Y",
     .effect = Custom{set_date, "a format of strftime(3)"},
     .help = "Begin the server's messages with the time, and write %(ftime) in this form"},
    {.names = "log-format-strftime logformat-strftime",
     .kind = Kind::Flag,
     .effect = flag<&LogConfig::date_in_format>(),
     .help = "Let %(ftime) have the form of --log-date; else it is as %(ltime)"},
};

}  // namespace

Section logging_section() {
  return {"Logging", kLogging};
}

}  // namespace penstock::config
