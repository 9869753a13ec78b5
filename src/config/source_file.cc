// SPDX-License-Identifier: MIT
// One configuration file.
#include "config/source_file.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <limits>

#include "base/text.h"
#include "config/ini.h"
#include "config/json.h"
#include "config/text_file.h"
#include "config/toml.h"
#include "config/xml.h"
#include "config/yaml.h"

namespace penstock::config {
namespace {

constexpr std::string_view kScheme = "://";
constexpr std::string_view kDescriptor = "fd://";

bool is_url(std::string_view path) {
  return path.find(kScheme) != path.npos;
}

/// The text as uWSGI names it: a path, "-" for standard input, "fd://3".
Result<std::string> text_of(const std::string& path) {
  if (path == "-") return read_text_from(STDIN_FILENO, "standard input");
  if (path.starts_with(kDescriptor)) {
    const auto number = text::parse_unsigned(std::string_view(path).substr(kDescriptor.size()));
    if (!number || *number > std::numeric_limits<int>::max())
      return fail(path + ": expected the number of an open descriptor after fd://");
    return read_text_from(static_cast<int>(*number), path);
  }
  if (is_url(path))
    return fail(path +
                ": options are read from files, - (standard input) and fd://N only: what comes "
                "from a network or a program would decide what this machine runs");
  return read_text_file(path);
}

Parsed<Entries> parse_as(Format format, std::string_view text, std::string_view section) {
  const std::string_view named = section.empty() ? "uwsgi" : section;
  switch (format) {
    case Format::Yaml:
      return parse_yaml(text, named);
    case Format::Json:
      return parse_json(text, named);
    case Format::Xml:
      return parse_xml(text, section);
    case Format::Toml:
      return parse_toml(text);
    case Format::Ini:
      break;
  }
  return parse_ini(text, named);
}

std::string origin(const std::string& path, int line) {
  return line > 0 ? fmt::format("{}:{}", path, line) : path;
}

}  // namespace

std::optional<Format> format_of(std::string_view path) {
  if (path.ends_with(".ini")) return Format::Ini;
  if (path.ends_with(".yaml") || path.ends_with(".yml")) return Format::Yaml;
  if (path.ends_with(".json") || path.ends_with(".js")) return Format::Json;
  if (path.ends_with(".xml")) return Format::Xml;
  if (path.ends_with(".toml")) return Format::Toml;
  return std::nullopt;
}

bool is_descriptor(std::string_view path) {
  return path == "-" || path.starts_with(kDescriptor);
}

SourceFile SourceFile::parse(std::string_view text) {
  // The colons of a scheme and of a port are none before a section.
  const std::size_t after = is_url(text) ? text.rfind('/') : 0;
  const std::size_t colon = text.rfind(':');
  if (colon == text.npos || colon < after) return {std::string(text), ""};
  return {std::string(text.substr(0, colon)), std::string(text.substr(colon + 1))};
}

Result<Settings> read_source(const SourceFile& file, Format format, std::optional<Magic>& first) {
  if (format == Format::Toml && !file.section.empty())
    return fail(
        fmt::format("{}: a TOML file has no sections, such as {}", file.path, file.section));
  std::string text = TRY(text_of(file.path));
  const Magic magic = Magic::of(file.path, file.section);
  if (!first) first = magic;
  // TOML is no format of uWSGI's: a percent sign in it is a percent sign.
  if (format != Format::Toml) text = magic.replace(text, *first);
  auto entries = parse_as(format, text, file.section);
  if (!entries) return fail(origin(file.path, entries.error().line) + ": " + entries.error().what);
  Settings settings;
  for (Entry& entry : *entries)
    settings.push_back(
        {std::move(entry.name), std::move(entry.value), origin(file.path, entry.line)});
  return settings;
}

}  // namespace penstock::config
