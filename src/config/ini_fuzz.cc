// SPDX-License-Identifier: MIT
// What an ini file says can be written as an ini file that says the same.
#include <cstddef>
#include <cstdint>
#include <string>

#include "config/file_fuzz.h"
#include "config/ini.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace penstock::config;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto entries = parse_ini(text, "uwsgi");
  check_lines(entries, text);
  if (!entries) return 0;
  std::string again = "[uwsgi]\n";
  for (const Entry& entry : *entries)
    again += entry.name + "=" + entry.value + "\n";
  check_equal(*entries, parse_ini(again, "uwsgi"));
  return 0;
}
