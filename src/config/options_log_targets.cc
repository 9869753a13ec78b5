// SPDX-License-Identifier: MIT
// Options about other places for the log than standard error and one file.
#include "config/log_targets.h"
#include "config/option_sections.h"

namespace penstock::config {
namespace {

constexpr std::string_view kTarget =
    "stdio, file:PATH, syslog:NAME,FACILITY, rsyslog:HOST:PORT,NAME or socket:ADDRESS, also with a "
    "name and a blank before it";
constexpr std::string_view kEncoder =
    "prefix TEXT, suffix TEXT, nl, format TEXT or json TEXT with ${msg}, ${unix}, ${micros}, "
    "${strftime:…}";

template <auto Stream>
bool add_target(Config& config, std::string_view value) {
  auto target = parse_log_target(value);
  if (target) (config.log_targets.*Stream).targets.push_back(std::move(*target));
  return target.has_value();
}

template <auto Stream>
bool add_encoder(Config& config, std::string_view value) {
  auto encoder = parse_log_encoder(value);
  if (encoder) (config.log_targets.*Stream).encoders.push_back(std::move(*encoder));
  return encoder.has_value();
}

constexpr Option kLogTargets[] = {
    {.names = "logger",
     .kind = Kind::List,
     .placeholder = "TARGET",
     .effect = Custom{add_target<&LogTargetsConfig::messages>, kTarget},
     .help = "Send the log there: stdio, file:PATH, syslog:NAME, rsyslog:HOST:PORT,NAME, "
             "socket:ADDRESS"},
    {.names = "req-logger logger-req",
     .kind = Kind::List,
     .placeholder = "TARGET",
     .effect = Custom{add_target<&LogTargetsConfig::requests>, kTarget},
     .help = "Send the lines of requests there, and only there"},
    {.names = "log-encoder",
     .kind = Kind::List,
     .placeholder = "ENCODER",
     .effect = Custom{add_encoder<&LogTargetsConfig::messages>, kEncoder},
     .help =
         "What each line becomes: prefix TEXT, suffix TEXT, format TEXT, json TEXT, with ${msg}"},
    {.names = "log-req-encoder",
     .kind = Kind::List,
     .placeholder = "ENCODER",
     .effect = Custom{add_encoder<&LogTargetsConfig::requests>, kEncoder},
     .help = "The same for the lines of requests"},
};

}  // namespace

Section log_targets_section() {
  return {"Other places for the log", kLogTargets};
}

}  // namespace penstock::config
