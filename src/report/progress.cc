// SPDX-License-Identifier: MIT
#include "report/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "base/text.h"
#include "base/write_line.h"
#include "report/show.h"

namespace penstock::report {
namespace {

constexpr milliseconds kQuiet{300};  // before the first, so that small files show none
constexpr milliseconds kStep{100};
constexpr std::uint64_t kBig = 64 << 20;  // shows it at once
constexpr std::size_t kBar = 30;

}  // namespace

Progress::Progress() : terminal_(::isatty(STDERR_FILENO) == 1), next_(steady_now() + kQuiet) {}

Progress::~Progress() {
  if (shown_) write_line(STDERR_FILENO, "\r\x1b[K");
}

void Progress::show(std::uint64_t done, std::uint64_t size) {
  const bool waits_at_first = size < kBig && !shown_;
  if (!terminal_ || (steady_now() < next_ && (shown_ || waits_at_first))) return;
  next_ = steady_now() + kStep;
  shown_ = true;
  std::string text = "\r\x1b[K";
  text::append_escaped(text, name_.substr(name_.find_last_of('/') + 1).substr(0, 30));
  if (size > 0) {
    const std::uint64_t part = std::min(done, size);
    const auto filled = static_cast<std::size_t>(part * kBar / size);
    text += " [";
    for (std::size_t i = 0; i < kBar; ++i)
      text += i < filled ? "█" : "·";
    text += fmt::format("] {:3}%", part * 100 / size);
  } else {
    text += " " + show_bytes(done);
  }
  write_line(STDERR_FILENO, text);
}

}  // namespace penstock::report
