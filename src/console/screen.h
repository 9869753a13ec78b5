// SPDX-License-Identifier: MIT
// Views as lines of text. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "console/view.h"

namespace penstock::console {

enum class SortBy : std::uint8_t { Worker, Requests, Rate, Latency, Memory };
inline constexpr int kSortings = 5;
std::string_view name_of(SortBy by);

/// A view and how things went since the one before.
struct Frame {
  View now;
  std::optional<View> before;
  double seconds = 0;  // between the two
};

struct Line {
  std::string text;
  bool is_heading = false;  // of a table
};

/// The screen of `penstock top`: at the most `rows` lines, none longer than `columns` bytes.
std::vector<Line> draw(const Frame& frame, SortBy sort, int rows, int columns);

/// What `penstock status` prints.
std::string summary(const View& view);

/// "1.2G", "34.5M", "678".
std::string human_size(std::uint64_t bytes);
/// "3d 4h", "5m 6s", "7.8s", "12ms".
std::string human_time(std::uint64_t micros);

}  // namespace penstock::console
