// SPDX-License-Identifier: MIT
// What is read from a TOML file are options, in the order of their lines.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "config/file_fuzz.h"
#include "config/option_table.h"
#include "config/toml.h"
#include "config/uwsgi_names.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace penstock::config;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto entries = parse_toml(text);
  check_lines(entries, text);
  if (!entries) return 0;
  CHECK(std::is_sorted(entries->begin(), entries->end(),
                       [](const Entry& a, const Entry& b) { return a.line < b.line; }));
  for (const Entry& entry : *entries)
    CHECK(find_option(entry.name) || is_uwsgi_name(entry.name));
  return 0;
}
