// SPDX-License-Identifier: MIT
// The first half of expand(): reads files in their places and follows if and for. Values stay as
// they were written.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/conditions.h"
#include "config/config.h"
#include "config/magic.h"
#include "config/option.h"
#include "config/source_file.h"

namespace penstock::config {

/// Whether a setting may be a placeholder without being used as one.
enum class Placeholder : std::uint8_t { No, IfNoOption, Always };

struct Collected {
  Setting setting;
  Placeholder placeholder = Placeholder::No;
};

class Reading {
 public:
  explicit Reading(Start start) : start_(start) {}

  /// All settings, and then what is inherited.
  Result<> read(const Settings& written);

  std::vector<Collected>& collected() { return collected_; }
  /// What if-opt asked about.
  const std::vector<std::string>& names_asked_for() const { return asked_for_; }
  bool strict() const { return strict_; }

 private:
  using Part = std::span<const Setting>;

  Result<> follow(Part settings);
  Result<> follow_condition(const Setting& condition, Part body);
  Result<> follow_loop(const Setting& loop, Part body);
  Result<> take(const Setting& setting);
  Result<> carry_out(Directive directive, const Setting& setting);
  Result<> read_file(const Setting& setting, std::optional<Format> format);
  Result<> set(const Setting& setting, Placeholder placeholder);
  std::optional<std::string> value_of(std::string_view name) const;

  Start start_;
  std::vector<Collected> collected_;
  std::vector<Setting> inherited_;
  std::vector<std::string> asked_for_;
  std::vector<std::string> open_files_;  // the innermost last
  std::optional<Magic> first_;
  bool strict_ = false;
};

}  // namespace penstock::config
