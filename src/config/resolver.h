// SPDX-License-Identifier: MIT
// The second half of expand(): the values of placeholders.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/reading.h"

namespace penstock::config {

/// Works on settings that somebody else owns and that outlive it.
class Resolver {
 public:
  explicit Resolver(std::vector<Collected>& settings) : settings_(settings) {}

  /// Replaces $(ENVIRONMENT) in all values, then @(file), then %(placeholder).
  Result<> resolve_all();

  void mark_used(std::string_view name) { used_.emplace(name); }
  bool used(const std::string& name) const { return used_.contains(name); }

 private:
  Result<> resolve(Collected& entry);
  Result<std::optional<std::string>> value_of(std::string_view name);
  Collected* find(std::string_view name);

  std::vector<Collected>& settings_;
  std::set<std::string> used_;
  std::set<const Collected*> done_;
  std::set<const Collected*> running_;  // to leave a placeholder alone that needs itself
};

}  // namespace penstock::config
