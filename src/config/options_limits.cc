// SPDX-License-Identifier: MIT
// Options about what a peer may do.
#include "config/option_fields.h"
#include "config/option_sections.h"
#include "config/option_values.h"

namespace penstock::config {
namespace {

// uWSGI's limit-post knows 0 as no limit; the field knows no such thing.
constexpr Number kBodyBytes{Unit::Bytes,
                            0,
                            kUnlimited,
                            "unlimited",
                            [](const Config& config) { return config.limits.body_bytes; },
                            [](Config& config, std::uint64_t bytes) {
                              config.limits.body_bytes = bytes == 0 ? kUnlimited : bytes;
                            }};

// Whoever says a size means it; who says none leaves it to the server.
constexpr Number kBodyMemory{
    Unit::Bytes,
    0,
    1ULL << 30,
    {},
    [](const Config& config) {
      return config.limits.body_memory.value_or(LimitConfig::kBodyMemory);
    },
    [](Config& config, std::uint64_t bytes) { config.limits.body_memory = bytes; }};

constexpr Option kLimits[] = {
    {.names = "max-request-line",
     .placeholder = "SIZE",
     .effect = limit<&LimitConfig::line_bytes>(Unit::Bytes, 256, 1ULL << 20),
     .help = "Longest request line; longer ones are answered 414"},
    {.names = "max-head-bytes",
     .placeholder = "SIZE",
     .effect = limit<&LimitConfig::head_bytes>(Unit::Bytes, 1024, kLargestHead),
     .help = "Largest head of a request; larger ones are answered 431"},
    {.names = "max-headers",
     .placeholder = "N",
     .effect = limit<&LimitConfig::fields>(Unit::Count, 8, 65535),
     .help = "Most header lines of a request; more are answered 431"},
    {.names = "max-variables",
     .placeholder = "N",
     .effect = limit<&LimitConfig::variables>(Unit::Count, 16, kMostVariables),
     .help = "Most variables of a uwsgi request"},
    {.names = "limit-post",
     .placeholder = "SIZE",
     .effect = kBodyBytes,
     .help = "Largest body of a request; larger ones are answered 413"},
    {.names = "post-buffering",
     .placeholder = "SIZE",
     .effect = kBodyMemory,
     .help = "Bodies up to this size stay in memory, larger ones go to a temporary file; if "
             "not given, bodies up to 1M stay in memory too while they fit into 16M of a worker"},
    {.names = "response-memory",
     .placeholder = "SIZE",
     .effect = limit<&LimitConfig::response_memory>(Unit::Bytes, 4096, 1ULL << 30),
     .help = "What waits for a slow reader in memory; more goes to a temporary file"},
    {.names = "response-buffer",
     .placeholder = "SIZE",
     .effect = limit<&LimitConfig::response_buffer>(Unit::Bytes, 4096, 1ULL << 40),
     .help = "What waits for a slow reader at all; then the app waits"},
    {.names = "spool-directory",
     .placeholder = "DIR",
     .standard = "$TMPDIR, else /var/tmp",
     .effect = text_in<&Config::limits, &LimitConfig::spool_directory>(),
     .help = "Where temporary files go"},
    {.names = "minimum-rate",
     .placeholder = "SIZE",
     .effect = limit<&LimitConfig::minimum_rate>(Unit::Bytes, 0, 1ULL << 30, "none"),
     .help = "Bytes a second that a peer must send or take"},
    {.names = "keepalive-requests",
     .placeholder = "N",
     .effect = limit<&LimitConfig::keepalive_requests>(Unit::Count, 0, 1'000'000'000, "unlimited"),
     .help = "Requests on one connection before it is closed"},
};

constexpr Option kTimeouts[] = {
    {.names = "header-timeout http-headers-timeout",
     .placeholder = "TIME",
     .effect = timeout<&LimitConfig::header_timeout>(),
     .help = "For the head of a request, from its first byte"},
    {.names = "body-timeout",
     .placeholder = "TIME",
     .effect = timeout<&LimitConfig::body_timeout>(),
     .help = "For the body, and as much more as --minimum-rate gives to what came"},
    {.names = "write-timeout",
     .placeholder = "TIME",
     .effect = timeout<&LimitConfig::write_timeout>(),
     .help = "For a peer to take the answer, and as much more as --minimum-rate gives"},
    {.names = "keepalive-timeout",
     .placeholder = "TIME",
     .effect = timeout<&LimitConfig::keepalive_timeout>(),
     .help = "For the next request on a connection"},
    {.names = "socket-timeout",
     .letter = 'z',
     .placeholder = "TIME",
     .effect = Custom{set_socket_timeout, "a time such as 30 or 2m, at most 24h"},
     .help = "Header, body and write time-out at once"},
    {.names = "http-timeout",
     .placeholder = "TIME",
     .effect = Custom{set_http_timeout, "a time such as 30 or 2m, at most 24h"},
     .help = "Body and write time-out at once"},
};

}  // namespace

Section limits_section() {
  return {"Limits", kLimits};
}

Section timeouts_section() {
  return {"Time-outs", kTimeouts};
}

}  // namespace penstock::config
