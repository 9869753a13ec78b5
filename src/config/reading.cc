// SPDX-License-Identifier: MIT
// Reads files in their places and follows if and for.
#include "config/reading.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "config/lookup.h"
#include "config/option_table.h"

namespace penstock::config {
namespace {

constexpr std::size_t kDeepest = 32;
constexpr std::string_view kSubject = "%(_)";

std::optional<Directive> directive_of(const Setting& setting) {
  const Option* const option = find_option(setting.name);
  const Directive* const directive = option ? std::get_if<Directive>(&option->effect) : nullptr;
  return directive ? std::optional<Directive>(*directive) : std::nullopt;
}

/// How many settings from `first` on belong to what `first` opens, without the end; all the rest
/// where no end follows, as in uWSGI.
std::size_t body_size(std::span<const Setting> after) {
  std::size_t depth = 0;
  for (std::size_t i = 0; i < after.size(); ++i) {
    const auto directive = directive_of(after[i]);
    if (directive == Directive::If || directive == Directive::For) ++depth;
    if (directive == Directive::End && depth-- == 0) return i;
  }
  return after.size();
}

/// Where the else of this body stands, or its size.
std::size_t else_of(std::span<const Setting> body) {
  for (std::size_t i = 0; i < body.size(); ++i) {
    const auto directive = directive_of(body[i]);
    if (directive == Directive::Else) return i;
    if (directive == Directive::If || directive == Directive::For)
      i += 1 + body_size(body.subspan(i + 1));
  }
  return body.size();
}

/// The settings with `subject` for every %(_) in their values.
Settings with_subject(std::span<const Setting> settings, std::string_view subject) {
  Settings all(settings.begin(), settings.end());
  for (Setting& setting : all) {
    std::size_t at = setting.value.find(kSubject);
    while (at != setting.value.npos) {
      setting.value.replace(at, kSubject.size(), subject);
      at = setting.value.find(kSubject, at + subject.size());
    }
  }
  return all;
}

}  // namespace

Result<> Reading::read(const Settings& written) {
  TRY(follow(written));
  // A file that is inherited may inherit others.
  for (std::size_t i = 0; i < inherited_.size(); ++i) {
    if (i == kDeepest) return fail(where(inherited_[i]) + ": too many inherited files");
    const Setting setting = inherited_[i];
    TRY(read_file(setting, std::nullopt));
  }
  return {};
}

Result<> Reading::follow(Part settings) {
  for (std::size_t i = 0; i < settings.size(); ++i) {
    const auto directive = directive_of(settings[i]);
    if (directive != Directive::If && directive != Directive::For) {
      TRY(take(settings[i]));
      continue;
    }
    const Part body = settings.subspan(i + 1, body_size(settings.subspan(i + 1)));
    if (directive == Directive::If)
      TRY(follow_condition(settings[i], body));
    else
      TRY(follow_loop(settings[i], body));
    i += body.size() + 1;
  }
  return {};
}

Result<> Reading::follow_condition(const Setting& condition, Part body) {
  Circumstances around;
  around.start = start_;
  around.value_of = [this](std::string_view name) {
    asked_for_.emplace_back(name);
    return value_of(name);
  };
  const auto judged = judge(condition.name, condition.value, around);
  if (!judged) return fail(fmt::format("{}: {}", where(condition), judged.error().what));
  const Verdict& verdict = *judged;
  const std::size_t middle = else_of(body);
  if (!verdict.holds) return follow(body.subspan(std::min(middle + 1, body.size())));
  if (!verdict.subject) return follow(body.first(middle));
  return follow(with_subject(body.first(middle), *verdict.subject));
}

Result<> Reading::follow_loop(const Setting& loop, Part body) {
  const auto items = items_of(loop.name, loop.value);
  if (!items) return fail(fmt::format("{}: {}", where(loop), items.error().what));
  // As in uWSGI, each option is gone through with all items before the next one.
  for (std::size_t i = 0; i < body.size();) {
    const auto directive = directive_of(body[i]);
    std::size_t size = 1;
    if (directive == Directive::If || directive == Directive::For)
      size = std::min(2 + body_size(body.subspan(i + 1)), body.size() - i);
    for (const std::string& item : *items)
      TRY(follow(with_subject(body.subspan(i, size), item)));
    i += size;
  }
  return {};
}

Result<> Reading::take(const Setting& setting) {
  if (const auto directive = directive_of(setting)) return carry_out(*directive, setting);
  collected_.push_back({setting, Placeholder::No});
  return {};
}

Result<> Reading::carry_out(Directive directive, const Setting& setting) {
  switch (directive) {
    case Directive::ReadIni:
      return read_file(setting, Format::Ini);
    case Directive::ReadYaml:
      return read_file(setting, Format::Yaml);
    case Directive::ReadJson:
      return read_file(setting, Format::Json);
    case Directive::ReadXml:
      return read_file(setting, Format::Xml);
    case Directive::ReadToml:
      return read_file(setting, Format::Toml);
    case Directive::Include:
      return read_file(setting, std::nullopt);
    case Directive::Inherit:
      inherited_.push_back(setting);
      return {};
    case Directive::Set:
      return set(setting, Placeholder::IfNoOption);
    case Directive::SetPlaceholder:
      return set(setting, Placeholder::Always);
    case Directive::Strict:
      strict_ = is_true(setting.value);
      return {};
    case Directive::If:
    case Directive::Else:
    case Directive::For:
    case Directive::End:
      break;  // an end without a beginning: harmless, as in uWSGI
  }
  return {};
}

Result<> Reading::read_file(const Setting& setting, std::optional<Format> format) {
  SourceFile file = SourceFile::parse(setting.value);
  if (file.path.empty() && !open_files_.empty()) file.path = open_files_.back();
  if (!format) format = format_of(file.path);
  if (file.path.empty() || !format)
    return wrong_value(setting,
                       "a file whose name ends in .ini, .yaml, .yml, .json, .js, .xml or .toml");
  if (start_ == Start::Again && is_descriptor(file.path))
    return fail(fmt::format(
        "{}: {} was read at the start and cannot be read again: name a file, or start anew",
        where(setting), file.path == "-" ? "standard input" : file.path));
  if (open_files_.size() == kDeepest)
    return fail(fmt::format("{}: files are nested too deeply; does {} read itself?", where(setting),
                            file.path));
  auto settings = read_source(file, *format, first_);
  if (!settings) return fail(fmt::format("{}: {}", where(setting), settings.error().what));
  open_files_.push_back(file.path);
  TRY(follow(*settings));
  open_files_.pop_back();
  return {};
}

Result<> Reading::set(const Setting& setting, Placeholder placeholder) {
  const std::size_t equals = setting.value.find('=');
  if (equals == 0 || equals == setting.value.npos) return wrong_value(setting, "NAME=VALUE");
  const Setting meant{setting.value.substr(0, equals), setting.value.substr(equals + 1),
                      setting.origin};
  if (placeholder == Placeholder::Always && find_option(meant.name))
    return fail(fmt::format("{}: {} is an option, which cannot be a placeholder", where(setting),
                            meant.name));
  if (directive_of(meant)) return take(meant);
  collected_.push_back({meant, placeholder});
  return {};
}

std::optional<std::string> Reading::value_of(std::string_view name) const {
  for (const Collected& entry : collected_)
    if (entry.setting.name == name) return entry.setting.value;
  return std::nullopt;
}

}  // namespace penstock::config
