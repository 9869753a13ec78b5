// SPDX-License-Identifier: MIT
// Options about how long a worker lives, and how many there are.
#include "config/option_fields.h"
#include "config/option_sections.h"

namespace penstock::config {
namespace {

constexpr std::uint64_t kMostBytes = 1ULL << 50;

template <auto Member>
constexpr Number recycle(Unit unit, std::uint64_t maximum, std::string_view zero = "never") {
  return number<&Config::recycle, Member>(unit, 0, maximum, zero);
}

constexpr Option kRecycling[] = {
    {.names = "max-requests",
     .letter = 'R',
     .placeholder = "N",
     .effect = recycle<&RecycleConfig::max_requests>(Unit::Count, 1ULL << 60),
     .help = "Replace a worker after so many requests"},
    {.names = "max-requests-delta",
     .placeholder = "N",
     .effect = recycle<&RecycleConfig::max_requests_delta>(Unit::Count, 1ULL << 40, "none"),
     .help = "Worker 2 is given so many requests more, worker 3 twice as many, and so on"},
    {.names = "min-worker-lifetime",
     .placeholder = "TIME",
     .effect = recycle<&RecycleConfig::min_lifetime>(Unit::Time, 365 * kDay, "none"),
     .help = "No worker is replaced before this age, but for --evil-reload-on-rss and the like"},
    {.names = "max-worker-lifetime",
     .placeholder = "TIME",
     .effect = recycle<&RecycleConfig::max_lifetime>(Unit::Time, 365 * kDay),
     .help = "Replace a worker at this age"},
    {.names = "max-worker-lifetime-delta",
     .placeholder = "TIME",
     .effect = recycle<&RecycleConfig::max_lifetime_delta>(Unit::Time, 365 * kDay, "none"),
     .help = "Worker 2 lives so much longer, worker 3 twice as much, and so on"},
    {.names = "reload-on-rss",
     .placeholder = "MB",
     .effect = recycle<&RecycleConfig::rss>(Unit::Megabytes, kMostBytes),
     .help = "Replace a worker whose resident memory is above this"},
    {.names = "reload-on-as",
     .placeholder = "MB",
     .effect = recycle<&RecycleConfig::address_space>(Unit::Megabytes, kMostBytes),
     .help = "Replace a worker whose address space is above this"},
    {.names = "evil-reload-on-rss",
     .placeholder = "MB",
     .effect = recycle<&RecycleConfig::evil_rss>(Unit::Megabytes, kMostBytes),
     .help = "The same as --reload-on-rss, at any age and without waiting for its turn"},
    {.names = "evil-reload-on-as",
     .placeholder = "MB",
     .effect = recycle<&RecycleConfig::evil_address_space>(Unit::Megabytes, kMostBytes),
     .help = "The same as --reload-on-as, at any age and without waiting for its turn"},
    {.names = "py-autoreload py-auto-reload python-autoreload python-auto-reload",
     .placeholder = "N",
     .effect = Switch{[](Config& config, bool on) { config.autoreload.enabled = on; }},
     .help = "Reload when a module of the app changes: for development; any number but 0 is on"},
};

template <auto Member>
constexpr Number elastic(Unit unit, std::uint64_t minimum, std::uint64_t maximum,
                         std::string_view zero = {}) {
  return number<&Config::elastic, Member>(unit, minimum, maximum, zero);
}

constexpr Option kElastic[] = {
    {.names = "cheaper",
     .placeholder = "N",
     .effect = elastic<&ElasticConfig::minimum>(Unit::Count, 0, 4095, "always all workers"),
     .help = "Keep so many workers when there is little to do; --processes is the most"},
    {.names = "cheaper-initial",
     .placeholder = "N",
     .effect = elastic<&ElasticConfig::initial>(Unit::Count, 0, 4096, "as many as --cheaper"),
     .help = "Start with so many workers"},
    {.names = "cheaper-step",
     .placeholder = "N",
     .effect = elastic<&ElasticConfig::step>(Unit::Count, 1, 4096),
     .help = "Start so many at once when all are busy"},
    {.names = "cheaper-overload",
     .placeholder = "TIME",
     .effect = elastic<&ElasticConfig::overload>(Unit::Time, 1, kDay),
     .help = "End one worker whenever there were workers to spare for so long"},
    {.names = "cheap",
     .kind = Kind::Flag,
     .effect = switch_in<&Config::elastic, &ElasticConfig::cheap>(),
     .help = "Start the workers with the first connection"},
    {.names = "idle",
     .placeholder = "TIME",
     .effect = elastic<&ElasticConfig::idle>(Unit::Time, 0, kDay, "never"),
     .help = "End all workers after so long without a request, until the next connection"},
    {.names = "die-on-idle",
     .kind = Kind::Flag,
     .effect = switch_in<&Config::elastic, &ElasticConfig::die_on_idle>(),
     .help = "End the server then"},
};

}  // namespace

Section recycling_section() {
  return {"Replacing workers", kRecycling};
}

Section elastic_section() {
  return {"As many workers as are needed", kElastic};
}

}  // namespace penstock::config
