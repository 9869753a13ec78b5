// SPDX-License-Identifier: MIT
#include "pyhost/resources.h"

#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/log.h"

namespace penstock::pyhost {
namespace {

/// glibc takes RLIMIT_STACK, most often 8 MiB. Python's own limit of recursion needs far less.
constexpr std::size_t kStack = std::size_t{2} << 20;

void use_small_stacks() {
  pthread_attr_t attributes;
  if (::pthread_getattr_default_np(&attributes) != 0) return;
  if (::pthread_attr_setstacksize(&attributes, kStack) == 0)
    ::pthread_setattr_default_np(&attributes);
  ::pthread_attr_destroy(&attributes);
}

std::vector<int> usable_processors() {
  std::vector<int> processors;
  cpu_set_t set;
  if (::sched_getaffinity(0, sizeof set, &set) < 0) return processors;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu)
    if (CPU_ISSET(static_cast<std::size_t>(cpu), &set)) processors.push_back(cpu);
  return processors;
}

}  // namespace

Result<> limit_memory(const config::ResourceConfig& resources) {
  if (resources.address_space == 0) return {};
  use_small_stacks();
  // Each heap of a thread's own takes 64 MiB of address space, however little is in it.
  ::mallopt(M_ARENA_MAX, 1);
  const rlimit limit{resources.address_space, resources.address_space};
  if (::setrlimit(RLIMIT_AS, &limit) < 0) return os_error("limit-as: setrlimit(RLIMIT_AS)");
  return {};
}

void choose_processors(const config::ResourceConfig& resources, int number) {
  const std::vector<int> usable = usable_processors();
  if (resources.cpus == 0 || usable.empty()) return;
  const auto wanted = static_cast<std::size_t>(resources.cpus);
  const std::size_t first = static_cast<std::size_t>(number - 1) * wanted;
  cpu_set_t set;
  CPU_ZERO(&set);
  std::string names;
  for (std::size_t i = 0; i < std::min(wanted, usable.size()); ++i) {
    const int cpu = usable[(first + i) % usable.size()];
    CPU_SET(static_cast<std::size_t>(cpu), &set);
    names += fmt::format(" {}", cpu);
  }
  if (::sched_setaffinity(0, sizeof set, &set) < 0) {
    log::warning("cpu-affinity: {}", os_error("sched_setaffinity").value().what);
    return;
  }
  log::info("mapping worker {} to CPUs:{}", number, names);
}

}  // namespace penstock::pyhost
