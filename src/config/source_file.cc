// SPDX-License-Identifier: MIT
// One configuration file.
#include "config/source_file.h"

#include <fmt/format.h>

#include "config/ini.h"
#include "config/json.h"
#include "config/text_file.h"
#include "config/yaml.h"

namespace penstock::config {
namespace {

Parsed<Entries> parse_as(Format format, std::string_view text, std::string_view section) {
  switch (format) {
    case Format::Yaml:
      return parse_yaml(text, section);
    case Format::Json:
      return parse_json(text, section);
    case Format::Ini:
      break;
  }
  return parse_ini(text, section);
}

std::string origin(const std::string& path, int line) {
  return line > 0 ? fmt::format("{}:{}", path, line) : path;
}

}  // namespace

std::optional<Format> format_of(std::string_view path) {
  if (path.ends_with(".ini")) return Format::Ini;
  if (path.ends_with(".yaml") || path.ends_with(".yml")) return Format::Yaml;
  if (path.ends_with(".json") || path.ends_with(".js")) return Format::Json;
  return std::nullopt;
}

SourceFile SourceFile::parse(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == text.npos || text.find("://") != text.npos) return {std::string(text), ""};
  return {std::string(text.substr(0, colon)), std::string(text.substr(colon + 1))};
}

Result<Settings> read_source(const SourceFile& file, Format format, std::optional<Magic>& first) {
  if (file.path.find("://") != file.path.npos)
    return fail(file.path + ": configuration is read from files only, not from URLs");
  const std::string text = TRY(read_text_file(file.path));
  const Magic magic = Magic::of(file.path, file.section);
  if (!first) first = magic;
  const std::string_view section = file.section.empty() ? "uwsgi" : std::string_view(file.section);
  auto entries = parse_as(format, magic.replace(text, *first), section);
  if (!entries) return fail(origin(file.path, entries.error().line) + ": " + entries.error().what);
  Settings settings;
  for (Entry& entry : *entries)
    settings.push_back(
        {std::move(entry.name), std::move(entry.value), origin(file.path, entry.line)});
  return settings;
}

}  // namespace penstock::config
