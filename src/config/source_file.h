// SPDX-License-Identifier: MIT
// One configuration file, named as uWSGI names it, read into settings.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "config/config.h"
#include "config/magic.h"

namespace penstock::config {

enum class Format : std::uint8_t { Ini, Yaml, Json, Xml, Toml };

/// What a file is read as by the end of its name; nothing for others.
std::optional<Format> format_of(std::string_view path);

/// "-" and "fd://N": open already, so it can be read only once.
bool is_descriptor(std::string_view path);

/// "site.ini" and "site.ini:section"; "-" and "fd://N" for what is open already.
struct SourceFile {
  std::string path;     // empty in ":section": the file that says so
  std::string section;  // empty: "uwsgi"

  static SourceFile parse(std::string_view text);
};

/// The settings of the file's section, each with "path:line" as its origin. `first` is the magic of
/// the first file of all; it becomes this file's where there is none yet.
Result<Settings> read_source(const SourceFile& file, Format format, std::optional<Magic>& first);

}  // namespace penstock::config
