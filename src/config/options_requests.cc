// SPDX-License-Identifier: MIT
// Options about what one request may take: time, memory, processors.
#include "config/option_fields.h"
#include "config/option_sections.h"
#include "config/option_values.h"

namespace penstock::config {
namespace {

constexpr std::uint64_t kMostBytes = 1ULL << 50;

template <auto Member>
constexpr Number time_limit(std::string_view zero) {
  return number<&Config::time, Member>(Unit::Time, 0, kDay, zero);
}

bool set_health(Config& config, std::string_view path) {
  if (!path.starts_with('/')) return false;
  config.health = path;
  return true;
}

constexpr Option kRequestTimes[] = {
    {.names = "harakiri",
     .letter = 't',
     .placeholder = "TIME",
     .effect = time_limit<&TimeConfig::harakiri>("off"),
     .help = "For the app to answer a request, from its call on; then the client gets 504"},
    {.names = "http-harakiri",
     .placeholder = "TIME",
     .effect = time_limit<&TimeConfig::http_harakiri>("off"),
     .help = "The same, where --harakiri is not given"},
    {.names = "harakiri-raise",
     .kind = Kind::Flag,
     .standard = "on",
     .effect = switch_in<&Config::time, &TimeConfig::harakiri_raise>(),
     .help = "Raise penstock.HarakiriError in the app's thread then"},
    {.names = "harakiri-grace harakiri-graceful-timeout",
     .placeholder = "TIME",
     .effect = time_limit<&TimeConfig::harakiri_grace>("at once"),
     .help = "Replace the worker if the request still runs so long after that"},
    {.names = "harakiri-verbose",
     .kind = Kind::Flag,
     .effect = switch_in<&Config::time, &TimeConfig::harakiri_verbose>(),
     .help = "Log also what the kernel knows of the app's thread"},
    {.names = "queue-timeout",
     .placeholder = "TIME",
     .effect = time_limit<&TimeConfig::queue>("off"),
     .help = "For a request to wait for an app thread; then it is answered 503"},
    {.names = "health",
     .placeholder = "PATH",
     .effect = Custom{set_health, "a path that begins with /"},
     .help = "Answer GET and HEAD of this path without the app: 200, or 503 while stopping"},
};

constexpr Option kResources[] = {
    {.names = "limit-as",
     .placeholder = "MB",
     .effect = number<&Config::resources, &ResourceConfig::address_space>(Unit::Megabytes, 0,
                                                                          kMostBytes, "unlimited"),
     .help = "Address space of the import and of each worker; beyond it the app gets MemoryError"},
    {.names = "cpu-affinity",
     .placeholder = "N",
     .effect = number<&Config::resources, &ResourceConfig::cpus>(Unit::Count, 0, 4096, "all"),
     .help = "Keep each worker on N processors, worker 2 on the next N, and so on"},
};

}  // namespace

Section request_times_section() {
  return {"Time limits of requests", kRequestTimes};
}

Section resources_section() {
  return {"Memory and processors", kResources};
}

}  // namespace penstock::config
