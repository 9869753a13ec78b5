// SPDX-License-Identifier: MIT
#include "server/memory_use.h"

#include <fcntl.h>
#include <unistd.h>

#include <charconv>

namespace penstock::server {

MemoryUse MemoryMeter::read() {
  if (!statm_) statm_ = Fd{::open("/proc/self/statm", O_RDONLY | O_CLOEXEC)};
  char text[128];
  const ssize_t size = ::pread(statm_.get(), text, sizeof text, 0);
  if (size <= 0) return {};
  MemoryUse use;
  const auto first = std::from_chars(text, text + size, use.address_space);
  if (first.ptr < text + size) std::from_chars(first.ptr + 1, text + size, use.resident);
  const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  return {use.address_space * page, use.resident * page};
}

}  // namespace penstock::server
