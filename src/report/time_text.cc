// SPDX-License-Identifier: MIT
#include "report/time_text.h"

#include <fmt/format.h>

#include <chrono>

#include "base/text.h"

namespace penstock::report {
namespace {

/// The decimal number at text[at, at + size); -1 if it is none. A blank counts as 0.
int number_at(std::string_view text, std::size_t at, std::size_t size) {
  int number = 0;
  for (std::size_t i = at; i < at + size; ++i) {
    if (!text::is_digit(text[i]) && text[i] != ' ') return -1;
    number = number * 10 + (text[i] == ' ' ? 0 : text[i] - '0');
  }
  return number;
}

int month_of(std::string_view name) {
  constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  const std::size_t at = kMonths.find(name);
  return at == kMonths.npos || at % 3 != 0 ? -1 : static_cast<int>(at / 3) + 1;
}

std::optional<std::int64_t> second_of(int year, int month, int day, std::string_view clock) {
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  const int hour = number_at(clock, 0, 2);
  const int minute = number_at(clock, 3, 2);
  const int second = number_at(clock, 6, 2);
  if (year < 1970 || !date.ok() || clock[2] != ':' || clock[5] != ':') return std::nullopt;
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60)
    return std::nullopt;
  const auto days = std::chrono::sys_days(date).time_since_epoch().count();
  return std::int64_t{days} * 86400 + hour * 3600 + minute * 60 + second;
}

}  // namespace

std::optional<std::int64_t> read_ctime(std::string_view text) {
  if (text.size() != 24) return std::nullopt;
  return second_of(number_at(text, 20, 4), month_of(text.substr(4, 3)), number_at(text, 8, 2),
                   text.substr(11, 8));
}

std::optional<std::int64_t> read_iso_time(std::string_view text) {
  if (text.size() < 19 || text[4] != '-' || text[7] != '-') return std::nullopt;
  return second_of(number_at(text, 0, 4), number_at(text, 5, 2), number_at(text, 8, 2),
                   text.substr(11, 8));
}

std::optional<std::int64_t> read_log_time(std::string_view text) {
  if (text.size() < 20 || text[2] != '/' || text[6] != '/') return std::nullopt;
  return second_of(number_at(text, 7, 4), month_of(text.substr(3, 3)), number_at(text, 0, 2),
                   text.substr(12, 8));
}

std::string show_time(std::int64_t second) {
  const std::chrono::sys_days day(
      std::chrono::days(static_cast<int>(second / 86400 - (second % 86400 < 0 ? 1 : 0))));
  const std::chrono::year_month_day date(day);
  const std::int64_t rest = second - std::int64_t{day.time_since_epoch().count()} * 86400;
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", int(date.year()),
                     unsigned(date.month()), unsigned(date.day()), rest / 3600, rest / 60 % 60,
                     rest % 60);
}

}  // namespace penstock::report
