// SPDX-License-Identifier: MIT
// YAML files: what is read has lines of the text, twice the same.
#include <cstddef>
#include <cstdint>

#include "config/file_fuzz.h"
#include "config/yaml.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace penstock::config;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto entries = parse_yaml(text, "uwsgi");
  // The last bytes of U+0085, U+2028 and U+2029, which end lines of YAML too.
  check_lines(entries, text, "\r\n\x85\xa8\xa9");
  if (entries) check_equal(*entries, parse_yaml(text, "uwsgi"));
  return 0;
}
