// SPDX-License-Identifier: MIT
// What is true of every file of options that can be read. For fuzz targets only.
#pragma once

#include <algorithm>
#include <string_view>

#include "base/check.h"
#include "config/document.h"

namespace penstock::config {

/// Lines are lines of the text; `ends` are the bytes that may end one.
inline void check_lines(const Parsed<Entries>& entries, std::string_view text,
                        std::string_view ends = "\n") {
  const auto lines = 1 + std::count_if(text.begin(), text.end(),
                                       [&](char c) { return ends.find(c) != ends.npos; });
  if (!entries) {
    CHECK(entries.error().line >= 0 && entries.error().line <= lines + 1);
    CHECK(!entries.error().what.empty());
    return;
  }
  for (const Entry& entry : *entries)
    CHECK(entry.line >= 0 && entry.line <= lines);
}

/// Names and values are the same, wherever they stand.
inline void check_equal(const Entries& a, const Parsed<Entries>& b) {
  CHECK(b && a.size() == b->size());
  for (std::size_t i = 0; i < a.size(); ++i)
    CHECK(a[i].name == (*b)[i].name && a[i].value == (*b)[i].value);
}

}  // namespace penstock::config
