// SPDX-License-Identifier: MIT
#include "server/log_clock.h"

#include "base/local_time.h"

namespace penstock::server {
namespace {

constexpr std::int64_t kMicros = 1'000'000;
constexpr std::size_t kFraction = 20;  // where ".123456" stands in the ISO form

std::string iso_time(std::int64_t second) {
  std::string text = local_time("%Y-%m-%dT%H:%M:%S.000000%z", second);
  // strftime has no colon in "+0100", RFC 3339 has.
  if (text.size() > 2) text.insert(text.size() - 2, 1, ':');
  return text;
}

}  // namespace

std::string_view LogClock::text(Form form, std::int64_t wall_micros) {
  Made& made = made_[static_cast<std::size_t>(form)];
  const std::int64_t second = wall_micros / kMicros;
  if (made.second != second) {
    made.second = second;
    switch (form) {
      case Form::CTime:
        made.text = local_time("%a %b %e %H:%M:%S %Y", second);
        break;
      case Form::Log:
        made.text = local_time("%d/%b/%Y:%H:%M:%S %z", second);
        break;
      case Form::Iso:
        made.text = iso_time(second);
        break;
      case Form::Own:
        made.text = local_time(own_.c_str(), second);
        break;
    }
  }
  if (form == Form::Iso && made.text.size() > kFraction + 6) {
    std::int64_t rest = wall_micros % kMicros;
    for (std::size_t digit = kFraction + 6; digit-- > kFraction; rest /= 10)
      made.text[digit] = static_cast<char>('0' + rest % 10);
  }
  return made.text;
}

}  // namespace penstock::server
