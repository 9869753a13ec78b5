// SPDX-License-Identifier: MIT
// docs/options.md: the option table in Markdown.
#include <fmt/format.h>

#include "config/help.h"
#include "config/option_table.h"

namespace penstock::config {
namespace {

constexpr std::string_view kIntroduction = R"(# Options

<!-- Written by penstock --help-markdown; change src/config/options_*.cc instead. -->

Options are uWSGI's where uWSGI has one. On the command line they are written `--name value`,
`--name=value`, `-x value` or `-xvalue`; flags with one letter may be joined (`-Mp 4`). Of an option
that has one value the last wins; options marked with + are added up.

Every option is also an environment variable, in upper case with underscores: `PENSTOCK_MAX_QUEUE`,
and `UWSGI_PROCESSES` for uWSGI's sake. The command line wins over the environment, `PENSTOCK_` over
`UWSGI_`.

Files of options are uWSGI's too: `penstock site.ini`, `--ini site.ini:section`, YAML, JSON and XML;
`penstock penstock.toml` is our own form. [Configuration](configuration.md) tells of all of them, and
[moving from uWSGI](from-uwsgi.md) of what differs.

Sizes are in bytes and take the suffixes K, M, G and T (powers of 1024). Times are in seconds and
take ms, s, m and h. A flag is on unless its value is `false`, `off`, `no` or `0`.
)";

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out;
}

/// "`--processes N`, `-p`, `--workers`"
std::string spelling(const Option& option) {
  std::string text;
  for (const std::string_view name : option.all_names()) {
    text += text.empty() ? "`--" : ", `--";
    text += name;
    if (name == option.name() && option.kind == Kind::OptionalValue)
      text += fmt::format("[={}]", option.placeholder);
    if (name == option.name() && option.takes_value())
      text += fmt::format(" {}", option.placeholder);
    text += '`';
    if (name == option.name() && option.letter) text += fmt::format(", `-{}`", option.letter);
  }
  if (option.kind == Kind::List) text += " +";
  return text;
}

std::string allowed_values(const Option& option) {
  const Number* const number = std::get_if<Number>(&option.effect);
  return number ? range(*number) : std::string();
}

void append_section(std::string& out, const Section& section) {
  out += fmt::format("\n## {}\n\n| Option | Default | Allowed | What it does |\n", section.title);
  out += "| --- | --- | --- | --- |\n";
  for (const Option& option : section.options)
    out += fmt::format("| {} | {} | {} | {} |\n", spelling(option), escaped(default_of(option)),
                       allowed_values(option), escaped(option.help));
}

}  // namespace

std::string reference_text() {
  std::string out(kIntroduction);
  for (const Section& section : sections())
    append_section(out, section);
  return out;
}

}  // namespace penstock::config
