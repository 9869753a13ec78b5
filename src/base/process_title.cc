// SPDX-License-Identifier: MIT
// The kernel says where the arguments are (proc(5), /proc/self/stat, fields 48 and 49), so neither
// main() nor Python has to give them to us.
#include "base/process_title.h"

#include <fcntl.h>
#include <sys/prctl.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/fd.h"
#include "base/text.h"

namespace penstock {
namespace {

constexpr std::size_t kArgumentsBegin = 48;  // numbers of fields as in proc(5), from 1 on
constexpr std::size_t kNameEnds = 2;         // the name is in brackets and may hold blanks

std::optional<std::pair<std::uintptr_t, std::uintptr_t>> arguments() {
  const Fd file(::open("/proc/self/stat", O_RDONLY | O_CLOEXEC));
  std::array<char, 2048> buffer;
  const ssize_t got = file ? ::read(file.get(), buffer.data(), buffer.size()) : -1;
  if (got <= 0) return std::nullopt;
  std::string_view line(buffer.data(), static_cast<std::size_t>(got));
  const std::size_t bracket = line.rfind(") ");
  if (bracket == line.npos) return std::nullopt;
  const auto fields = text::split(line.substr(bracket + 2), ' ');
  constexpr std::size_t kIndex = kArgumentsBegin - kNameEnds - 1;
  if (fields.size() <= kIndex + 1) return std::nullopt;
  const auto begin = text::parse_unsigned(fields[kIndex]);
  const auto end = text::parse_unsigned(fields[kIndex + 1]);
  if (!begin || !end || *begin == 0 || *end <= *begin) return std::nullopt;
  return std::pair<std::uintptr_t, std::uintptr_t>(*begin, *end);
}

}  // namespace

void set_process_title(std::string_view title) {
  const std::string name(title);
  ::prctl(PR_SET_NAME, name.c_str(), 0, 0, 0);
  const auto area = arguments();
  if (!area) return;
  // NOLINTNEXTLINE(performance-no-int-to-ptr): the kernel gives the address as a number.
  char* const begin = reinterpret_cast<char*>(area->first);
  const std::size_t room = area->second - area->first;
  const std::size_t used = std::min(title.size(), room - 1);
  std::memcpy(begin, title.data(), used);
  std::memset(begin + used, 0, room - used);
}

}  // namespace penstock
