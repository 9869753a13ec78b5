// SPDX-License-Identifier: MIT
// Options about configuration files, and those that stand in them only.
#include "config/option_fields.h"
#include "config/option_sections.h"

namespace penstock::config {
namespace {

constexpr Option kFiles[] = {
    {.names = "ini",
     .kind = Kind::List,
     .placeholder = "FILE",
     .effect = Directive::ReadIni,
     .help = "Read the options in section [uwsgi] of an ini file, or another of FILE:SECTION"},
    {.names = "yaml yml",
     .letter = 'y',
     .kind = Kind::List,
     .placeholder = "FILE",
     .effect = Directive::ReadYaml,
     .help = "The same of a YAML file"},
    {.names = "json js",
     .letter = 'j',
     .kind = Kind::List,
     .placeholder = "FILE",
     .effect = Directive::ReadJson,
     .help = "The same of a JSON file"},
    {.names = "xml xmlconfig",
     .letter = 'x',
     .kind = Kind::List,
     .placeholder = "FILE",
     .effect = Directive::ReadXml,
     .help = "The same of the element uwsgi in an XML file, or of the one with this id: FILE:ID"},
    {.names = "toml",
     .kind = Kind::List,
     .placeholder = "FILE",
     .effect = Directive::ReadToml,
     .help = "Read a penstock.toml: [[listen]], [app.NAME], and options with underscores"},
    {.names = "include",
     .kind = Kind::List,
     .placeholder = "FILE",
     .effect = Directive::Include,
     .help = "Read a file of any of these kinds, here"},
    {.names = "inherit",
     .kind = Kind::List,
     .placeholder = "FILE",
     .effect = Directive::Inherit,
     .help = "Read a file after all others"},
    {.names = "set",
     .letter = 'S',
     .kind = Kind::List,
     .placeholder = "NAME=VALUE",
     .effect = Directive::Set,
     .help = "Set an option, or a placeholder to be used as %(NAME)"},
    {.names = "set-placeholder set-ph",
     .kind = Kind::List,
     .placeholder = "NAME=VALUE",
     .effect = Directive::SetPlaceholder,
     .help = "Set a placeholder"},
    {.names = "strict",
     .kind = Kind::Flag,
     .effect = Directive::Strict,
     .help = "Allow no placeholders in files but those of --set-placeholder"},
    {.names = "show-config",
     .kind = Kind::Flag,
     .effect = Switch{[](Config& config, bool on) { config.show = on; }},
     .help = "Print all options as an ini file before the start"},
};

constexpr Option kLogic[] = {
    {.names = "if-env ifenv if-not-env if-opt if-not-opt if-exists ifexists if-not-exists if-file "
              "if-not-file if-dir if-directory ifdir if-not-dir if-plugin ifplugin if-not-plugin "
              "if-hostname if-not-hostname if-hostname-match if-not-hostname-match",
     .kind = Kind::List,
     .placeholder = "SUBJECT",
     .effect = Directive::If,
     .help = "Up to else or endif, options that count only where this is so; %(_) is the subject"},
    {.names = "if-reload if-not-reload",
     .kind = Kind::Flag,
     .effect = Directive::If,
     .help = "The same, when the configuration is read again"},
    {.names = "else",
     .kind = Kind::Flag,
     .effect = Directive::Else,
     .help = "The options from here to endif count where the others do not"},
    {.names = "for for-glob for-times for-readline",
     .kind = Kind::List,
     .placeholder = "ITEMS",
     .effect = Directive::For,
     .help = "Up to endfor, options that count once for each word, matching path, number up to "
             "this, or line of this file; %(_) is the item"},
    {.names = "endif end-if endfor end-for end",
     .kind = Kind::Flag,
     .effect = Directive::End,
     .help = "The end of the options that an if or for is about"},
};

}  // namespace

Section files_section() {
  return {"Configuration files", kFiles};
}

Section logic_section() {
  return {"Conditions and loops in configuration files", kLogic, true};
}

}  // namespace penstock::config
