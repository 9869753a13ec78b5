// SPDX-License-Identifier: MIT
// The logic of uWSGI's configuration files: if-… and for-….
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace penstock::config {

/// Whether the configuration is read for the first time or again.
enum class Start : bool { First, Again };

/// What conditions ask about.
struct Circumstances {
  std::function<std::optional<std::string>(std::string_view option)> value_of;
  Start start = Start::First;
};

struct Verdict {
  bool holds = false;
  std::optional<std::string> subject;  // what %(_) stands for inside
};

/// `name` is the option: "if-env", "if-not-file", "ifdir"; `subject` its value: a name, a path, or
/// NAME=value for environment variables and options. The error is about a broken pattern.
Result<Verdict> judge(std::string_view name, std::string_view subject, const Circumstances& around);

/// What a loop runs over: words ("for"), paths ("for-glob"), 1 to N ("for-times") or the lines of a
/// file ("for-readline").
Result<std::vector<std::string>> items_of(std::string_view name, const std::string& value);

}  // namespace penstock::config
