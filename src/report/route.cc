// SPDX-License-Identifier: MIT
#include "report/route.h"

#include <algorithm>

#include "base/text.h"

namespace penstock::report {
namespace {

constexpr std::size_t kShortestHex = 8;
constexpr std::size_t kShortestToken = 20;

bool is_hex(char c) {
  return text::is_digit(c) || (text::lower(c) >= 'a' && text::lower(c) <= 'f');
}

bool is_letter(char c) {
  return text::lower(c) >= 'a' && text::lower(c) <= 'z';
}

/// 8-4-4-4-12 hexadecimal digits.
bool is_uuid(std::string_view word) {
  if (word.size() != 36) return false;
  for (std::size_t i = 0; i < word.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? word[i] != '-' : !is_hex(word[i])) return false;
  }
  return true;
}

/// Words are no ids: "2024-report" has letters that are not hexadecimal, "facade" no digit.
bool is_id(std::string_view word) {
  const auto digits =
      static_cast<std::size_t>(std::count_if(word.begin(), word.end(), text::is_digit));
  if (digits == 0) return false;
  if (digits == word.size() || is_uuid(word)) return true;
  if (word.size() >= kShortestHex && std::all_of(word.begin(), word.end(), is_hex)) return true;
  return word.size() >= kShortestToken && digits >= 3 &&
         std::all_of(word.begin(), word.end(), [](char c) {
           return is_letter(c) || text::is_digit(c) || c == '-' || c == '_' || c == '=';
         });
}

void append_segment(std::string& out, std::string_view segment) {
  // "17.json" is an id with an extension.
  const std::size_t dot = segment.rfind('.');
  const std::string_view stem = segment.substr(0, dot);
  if (!is_id(stem)) {
    out += segment;
    return;
  }
  out += "<id>";
  if (dot == segment.npos) return;
  if (is_id(segment.substr(dot + 1))) return;  // a decimal number
  out += segment.substr(dot);
}

}  // namespace

void fold_route(std::string_view method, std::string_view uri, std::string& out) {
  out.assign(method);
  out += ' ';
  uri = uri.substr(0, uri.find_first_of("?#"));
  if (const std::size_t scheme = uri.find("://"); scheme != uri.npos && uri.front() != '/') {
    const std::size_t path = uri.find('/', scheme + 3);
    uri = path == uri.npos ? std::string_view("/") : uri.substr(path);
  }
  while (!uri.empty() && out.size() < kLongestRoute) {
    const std::size_t slash = uri.find('/');
    append_segment(out, uri.substr(0, slash));
    if (slash == uri.npos) break;
    out += '/';
    uri.remove_prefix(slash + 1);
  }
  if (out.size() > kLongestRoute) out.resize(kLongestRoute);
}

}  // namespace penstock::report
