// SPDX-License-Identifier: MIT
// Puts one setting into a Config: one overload for each kind of effect.
#include "config/apply.h"

#include "base/text.h"
#include "config/lookup.h"
#include "config/option_values.h"

namespace penstock::config {
namespace {

std::optional<std::uint64_t> parse(Unit unit, std::string_view value) {
  switch (unit) {
    case Unit::Count:
      return text::parse_unsigned(value);
    case Unit::Bytes:
      return text::parse_size(value);
    case Unit::Megabytes:
      return text::parse_size(text::parse_unsigned(value) ? std::string(value).append("M")
                                                          : std::string(value));
    case Unit::Time:
      return text::parse_duration_ms(value);
  }
  return std::nullopt;
}

/// In files a bare name, or a plain yes, stands for the value that the option implies.
bool is_bare(std::string_view value) {
  return value.empty() || value == "1" || value == "true";
}

/// uWSGI reads a number as far as it goes, so many files have comments behind their values.
std::string_view without_comment(std::string_view value) {
  for (std::size_t i = 1; i < value.size(); ++i)
    if ((value[i] == ';' || value[i] == '#') && (value[i - 1] == ' ' || value[i - 1] == '\t'))
      return text::trim(value.substr(0, i));
  return value;
}

class Applier {
 public:
  Applier(const Setting& setting, Protocol plain, Config& config)
      : setting_(setting), plain_(plain), config_(config) {}

  Result<> operator()(const Number& number) {
    const auto value = parse(number.unit, setting_.value);
    if (!value || *value < number.minimum || *value > number.maximum)
      return wrong_value(setting_, allowed(number));
    number.set(config_, *value);
    return {};
  }

  Result<> operator()(const Switch& option) {
    option.set(config_, is_true(without_comment(setting_.value)));
    return {};
  }

  Result<> operator()(const Text& text) {
    if (setting_.value.empty()) return wrong_value(setting_, "a text");
    text.set(config_, setting_.value);
    return {};
  }

  Result<> operator()(const Custom& custom) {
    if (!custom.apply(config_, setting_.value)) return wrong_value(setting_, custom.expected);
    return {};
  }

  Result<> operator()(const Listen& listen) {
    if (setting_.value.empty()) return wrong_value(setting_, "an address");
    config_.listen.push_back({listen.speaks.value_or(plain_), setting_.value, where(setting_)});
    return {};
  }

  Result<> operator()(PlainProtocol) {
    if (!parse_protocol(setting_.value))
      return wrong_value(
          setting_,
          "uwsgi, http, fastcgi, scgi, fastcgi-nph or scgi-nph (Penstock speaks no others yet)");
    return {};
  }

  Result<> operator()(Mode) { return fail(where(setting_) + ": works on the command line only"); }

  Result<> operator()(Directive) { return fail(where(setting_) + ": cannot stand here"); }

  Result<> operator()(const Ignored& ignored) {
    if (ignored.accepts && !ignored.accepts(setting_.value))
      return wrong_value(setting_, ignored.expected);
    return {};
  }

 private:
  const Setting& setting_;
  Protocol plain_;
  Config& config_;
};

Result<> apply_as_it_is(const Option& option, const Setting& setting, Protocol plain,
                        Config& config) {
  if (option.kind != Kind::OptionalValue || !is_bare(setting.value))
    return std::visit(Applier(setting, plain, config), option.effect);
  Setting implied = setting;
  implied.value = option.implied;
  return std::visit(Applier(implied, plain, config), option.effect);
}

}  // namespace

Result<> apply(const Option& option, const Setting& setting, Protocol plain, Config& config) {
  auto done = apply_as_it_is(option, setting, plain, config);
  if (done) return done;
  Setting cut = setting;
  cut.value = without_comment(setting.value);
  if (cut.value != setting.value && apply_as_it_is(option, cut, plain, config)) return {};
  return done;
}

}  // namespace penstock::config
