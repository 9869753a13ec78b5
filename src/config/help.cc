// SPDX-License-Identifier: MIT
// --help: the option table for a terminal.
#include "config/help.h"

#include <fmt/format.h>

#include "base/text.h"
#include "config/option_table.h"

namespace penstock::config {
namespace {

constexpr std::size_t kWidth = 100;
constexpr std::size_t kIndent = 36;  // where the descriptions begin

constexpr std::string_view kIntroduction =
    R"(Usage: penstock [options] [module:callable | app.py | site.ini]

Runs a Python web app (WSGI) behind HTTP or the uwsgi protocol, with uWSGI's options.

  penstock --http-socket :8000 -w myapp             HTTP for the callable "application" of myapp.py
  penstock -s :9090 -w myapp -M -p 4 --threads 2    uwsgi behind nginx, 4 workers with 2 threads

Sizes take the suffixes K, M, G and T, times ms, s, m and h. Every option is also an environment
variable: PENSTOCK_HTTP_SOCKET or UWSGI_HTTP_SOCKET for --http-socket.
)";

/// Appends words, breaking lines before `width`; later lines begin with `indent` blanks.
void append_wrapped(std::string& out, std::string_view words, std::size_t column,
                    std::size_t indent) {
  bool first = true;
  for (const std::string_view word : text::split(words, ' ')) {
    if (!first && column + 1 + word.size() > kWidth) {
      out += '\n';
      out.append(indent, ' ');
      column = indent;
    } else if (!first) {
      out += ' ';
      ++column;
    }
    out += word;
    column += word.size();
    first = false;
  }
  out += '\n';
}

/// "  -p, --processes N"
std::string spelling(const Option& option) {
  std::string text = option.letter ? fmt::format("  -{}, ", option.letter) : "      ";
  text += fmt::format("--{}", option.name());
  if (option.kind == Kind::OptionalValue) return text + fmt::format("[={}]", option.placeholder);
  if (option.takes_value()) text += fmt::format(" {}", option.placeholder);
  return text;
}

/// "Worker processes (default: 1; also --workers)"
std::string description(const Option& option) {
  std::string notes;
  if (const std::string standard = default_of(option); !standard.empty())
    notes = "default: " + standard;
  const std::vector<std::string_view> names = option.all_names();
  for (std::size_t i = 1; i < names.size(); ++i)
    notes += fmt::format("{}--{}", i > 1 ? ", " : notes.empty() ? "also " : "; also ", names[i]);
  return notes.empty() ? std::string(option.help) : fmt::format("{} ({})", option.help, notes);
}

void append_option(std::string& out, const Option& option) {
  const std::string name = spelling(option);
  out += name;
  if (name.size() + 2 > kIndent) {
    out += '\n';
    out.append(kIndent, ' ');
  } else {
    out.append(kIndent - name.size(), ' ');
  }
  append_wrapped(out, description(option), kIndent, kIndent);
}

void append_names(std::string& out, const Section& section) {
  std::string names = " ";
  for (const Option& option : section.options)
    for (const std::string_view name : option.all_names())
      names += fmt::format(" --{}", name);
  append_wrapped(out, names, 0, 2);
}

}  // namespace

std::string help_text() {
  std::string out(kIntroduction);
  for (const Section& section : sections()) {
    out += fmt::format("\n{}\n", section.title);
    if (section.names_only) {
      append_names(out, section);
      continue;
    }
    for (const Option& option : section.options)
      append_option(out, option);
  }
  return out;
}

}  // namespace penstock::config
