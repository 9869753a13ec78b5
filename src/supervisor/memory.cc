// SPDX-License-Identifier: MIT
#include "supervisor/memory.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <string_view>

#include "base/fd.h"
#include "base/text.h"

namespace penstock::supervisor {

/// The first two numbers of statm are pages of address space and of resident memory.
Memory memory_of(pid_t pid) {
  const Fd file{::open(fmt::format("/proc/{}/statm", pid).c_str(), O_RDONLY | O_CLOEXEC)};
  std::array<char, 128> bytes{};
  const ssize_t got = file ? ::read(file.get(), bytes.data(), bytes.size()) : -1;
  if (got <= 0) return {};
  const auto fields = text::split({bytes.data(), static_cast<std::size_t>(got)}, ' ');
  if (fields.size() < 2) return {};
  const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  return {text::parse_unsigned(fields[1]).value_or(0) * page,
          text::parse_unsigned(fields[0]).value_or(0) * page};
}

}  // namespace penstock::supervisor
