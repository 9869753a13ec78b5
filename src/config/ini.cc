// SPDX-License-Identifier: MIT
// uWSGI's ini files.
#include "config/ini.h"

#include <fmt/format.h>

#include "base/text.h"

namespace penstock::config {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

Entry parse_line(std::string_view line, int number) {
  const std::size_t equals = line.find('=');
  if (equals == line.npos) return {std::string(line), "", number};
  return {std::string(text::trim(line.substr(0, equals))),
          std::string(text::trim(line.substr(equals + 1))), number};
}

}  // namespace

Parsed<Entries> parse_ini(std::string_view text, std::string_view section) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  Entries entries;
  bool found = false;
  bool inside = false;
  int number = 0;
  for (std::string_view line : text::split(text, '\n')) {
    ++number;
    line = text::trim(line);
    if (line.empty() || line[0] == '#' || line[0] == ';') continue;
    if (line[0] == '[') {
      if (line.back() != ']')
        return unexpected(DocumentError{number, fmt::format("{}: a section ends with ]", line)});
      inside = line.substr(1, line.size() - 2) == section;
      found = found || inside;
    } else if (inside) {
      entries.push_back(parse_line(line, number));
      if (entries.back().name.empty())
        return unexpected(DocumentError{number, "no name stands before the ="});
    }
  }
  if (!found) return unexpected(DocumentError{0, fmt::format("there is no section [{}]", section)});
  return entries;
}

}  // namespace penstock::config
