// SPDX-License-Identifier: MIT
// The logic of uWSGI's configuration files.
#include "config/conditions.h"

#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <regex>

#include "base/text.h"
#include "config/option_values.h"
#include "config/text_file.h"

namespace penstock::config {
namespace {

constexpr std::uint64_t kMostTimes = 65536;

/// "env" of "if-not-env" and "ifenv".
struct Question {
  std::string_view about;
  bool negated = false;
};

Question parse(std::string_view name) {
  constexpr std::string_view kNot = "not-";
  name.remove_prefix(std::string_view("if").size());
  if (name.starts_with('-')) name.remove_prefix(1);
  const bool negated = name.starts_with(kNot);
  if (negated) name.remove_prefix(kNot.size());
  return {name, negated};
}

/// NAME or NAME=value against the value that NAME has.
Verdict judge_value(std::string_view subject,
                    const std::function<std::optional<std::string>(std::string_view)>& value_of) {
  const std::size_t equals = subject.find('=');
  std::optional<std::string> value = value_of(subject.substr(0, equals));
  const bool holds = value && (equals == subject.npos || subject.substr(equals + 1) == *value);
  return {holds, std::move(value)};
}

std::optional<std::string> environment(std::string_view name) {
  const char* const value = std::getenv(std::string(name).c_str());  // NOLINT(concurrency-*)
  return value ? std::optional<std::string>(value) : std::nullopt;
}

std::string host_name() {
  std::array<char, 256> host{};
  return ::gethostname(host.data(), host.size() - 1) == 0 ? host.data() : "";
}

/// Whether the pattern is found in the name of this machine. The library throws; nothing leaves
/// this function.
Result<bool> matches_host_name(std::string_view pattern) {
  try {
    return std::regex_search(host_name(), std::regex(pattern.begin(), pattern.end()));
  } catch (const std::regex_error& error) {
    return fail(std::string(pattern) + ": not a regular expression: " + error.what());
  }
}

Result<Verdict> judge_plainly(std::string_view about, std::string_view subject,
                              const Circumstances& around) {
  if (about == "env") return judge_value(subject, environment);
  if (about == "opt") return judge_value(subject, around.value_of);
  if (about == "reload") return Verdict{around.start == Start::Again, std::nullopt};
  std::error_code ignored;
  const std::filesystem::path path(subject);
  bool holds = false;
  if (about == "exists")
    holds = std::filesystem::exists(path, ignored);
  else if (about == "file")
    holds = std::filesystem::is_regular_file(path, ignored);
  else if (about == "dir" || about == "directory")
    holds = std::filesystem::is_directory(path, ignored);
  else if (about == "plugin")
    holds = are_built_in_plugins(subject);
  else if (about == "hostname")
    holds = subject == host_name();
  else if (about == "hostname-match")
    holds = TRY(matches_host_name(subject));
  return Verdict{holds, std::string(subject)};
}

std::vector<std::string> words_of(std::string_view text, char separator) {
  std::vector<std::string> words;
  for (const std::string_view word : text::split(text, separator))
    if (!word.empty()) words.emplace_back(word);
  return words;
}

Result<std::vector<std::string>> lines_of(const std::string& path) {
  const std::string text = TRY(read_text_file(path));
  std::vector<std::string> lines;
  for (const std::string_view line : text::split(text, '\n'))
    lines.emplace_back(text::trim(line, "\r"));
  if (lines.back().empty()) lines.pop_back();
  return lines;
}

Result<std::vector<std::string>> numbers_to(std::string_view value) {
  const auto last = text::parse_unsigned(value);
  if (!last || *last > kMostTimes) return fail("expected a whole number of at most 65536");
  std::vector<std::string> numbers;
  for (std::uint64_t number = 1; number <= *last; ++number)
    numbers.push_back(std::to_string(number));
  return numbers;
}

}  // namespace

Result<Verdict> judge(std::string_view name, std::string_view subject,
                      const Circumstances& around) {
  const Question question = parse(name);
  Verdict verdict = TRY(judge_plainly(question.about, subject, around));
  verdict.holds = verdict.holds != question.negated;
  return verdict;
}

Result<std::vector<std::string>> items_of(std::string_view name, const std::string& value) {
  if (name == "for-glob") return matches_of(value);
  if (name == "for-times") return numbers_to(value);
  if (name == "for-readline") return lines_of(value);
  return words_of(value, ' ');
}

}  // namespace penstock::config
