// SPDX-License-Identifier: MIT
#include "http/date.h"

#include <chrono>
#include <cstddef>

namespace penstock::http {

namespace {

constexpr std::string_view kDays = "SunMonTueWedThuFriSat";
constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";

class Writer {
 public:
  explicit Writer(char* at) : at_(at) {}
  void put(std::string_view text) { at_ += text.copy(at_, text.size()); }
  void put_two_digits(unsigned number) {
    *at_++ = static_cast<char>('0' + number / 10 % 10);
    *at_++ = static_cast<char>('0' + number % 10);
  }

 private:
  char* at_;
};

}  // namespace

ImfDate::ImfDate(std::int64_t seconds) : text_{} {
  using std::chrono::days;
  const std::chrono::sys_seconds time{std::chrono::seconds{seconds}};
  const auto day = std::chrono::floor<days>(time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{time - day};
  const auto year = static_cast<unsigned>(static_cast<int>(date.year()));
  const std::size_t month = static_cast<unsigned>(date.month()) - 1;

  Writer out(text_.data());
  out.put(kDays.substr(std::chrono::weekday{day}.c_encoding() * 3, 3));
  out.put(", ");
  out.put_two_digits(static_cast<unsigned>(date.day()));
  out.put(" ");
  out.put(kMonths.substr(month * 3, 3));
  out.put(" ");
  out.put_two_digits(year / 100);
  out.put_two_digits(year % 100);
  out.put(" ");
  out.put_two_digits(static_cast<unsigned>(clock.hours().count()));
  out.put(":");
  out.put_two_digits(static_cast<unsigned>(clock.minutes().count()));
  out.put(":");
  out.put_two_digits(static_cast<unsigned>(clock.seconds().count()));
  out.put(" GMT");
}

}  // namespace penstock::http
