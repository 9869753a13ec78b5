// SPDX-License-Identifier: MIT
// What an argument that is no option means.
#include "config/positional.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "config/lookup.h"
#include "config/source_file.h"

namespace penstock::config {
namespace {

Setting setting(std::string_view name, std::string_view value) {
  return {std::string(name), std::string(value), std::string(kCommandLine)};
}

bool is_identifier(std::string_view word) {
  const auto allowed = [](unsigned char c) {
    // Bytes of UTF-8 too: Python's identifiers may be in any script.
    return c == '_' || c >= 0x80 || text::is_digit(static_cast<char>(c)) ||
           (text::lower(static_cast<char>(c)) >= 'a' && text::lower(static_cast<char>(c)) <= 'z');
  };
  return !word.empty() && !text::is_digit(word.front()) &&
         std::all_of(word.begin(), word.end(), allowed);
}

bool is_module(std::string_view name) {
  const std::vector<std::string_view> parts = text::split(name, '.');
  return std::all_of(parts.begin(), parts.end(), is_identifier);
}

bool is_app_file(std::string_view path, bool has_callable) {
  if (path.ends_with(".py")) return true;
  if (!path.ends_with(".wsgi")) return false;
  return !has_callable || !is_module(path) || ::access(std::string(path).c_str(), F_OK) == 0;
}

/// "site.ini" and "site.ini:section"; nothing for what is no file of options.
std::optional<Setting> configuration_file(std::string_view argument) {
  const std::optional<Format> format = format_of(SourceFile::parse(argument).path);
  if (!format) return std::nullopt;
  switch (*format) {
    case Format::Ini:
      return setting("ini", argument);
    case Format::Yaml:
      return setting("yaml", argument);
    case Format::Json:
      return setting("json", argument);
    case Format::Xml:
      return setting("xml", argument);
    case Format::Toml:
      return setting("toml", argument);
  }
  return std::nullopt;
}

}  // namespace

Result<Settings> read_positional(std::string_view argument) {
  const std::size_t colon = argument.find(':');
  const bool has_callable = colon != argument.npos;
  const std::string_view path = argument.substr(0, colon);
  if (auto file = configuration_file(argument)) return Settings{std::move(*file)};
  if (is_app_file(path, has_callable)) {
    Settings settings{setting("wsgi-file", path)};
    if (has_callable) settings.push_back(setting("callable", argument.substr(colon + 1)));
    return settings;
  }
  if (is_module(path) && (has_callable || path.find('.') != path.npos))
    return Settings{setting("module", argument)};
  return fail(
      fmt::format("{}: neither an option, nor an app such as module:callable or app.py, nor a file "
                  "of options such as "
                  "site.ini (see --help)",
                  argument));
}

}  // namespace penstock::config
