// SPDX-License-Identifier: MIT
// JSON files: an error has a line of the text, and what is read is twice the same.
#include <cstddef>
#include <cstdint>

#include "config/file_fuzz.h"
#include "config/json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace penstock::config;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto entries = parse_json(text, "uwsgi");
  check_lines(entries, text);
  if (entries) check_equal(*entries, parse_json(text, "uwsgi"));
  return 0;
}
