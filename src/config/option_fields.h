// SPDX-License-Identifier: MIT
// How a row of the option table names the field of Config that it sets:
// number<&Config::worker, &WorkerConfig::threads>(…) is config.worker.threads.
#pragma once

#include <concepts>
#include <string_view>
#include <type_traits>
#include <utility>

#include "config/option.h"
#include "config/option_values.h"

namespace penstock::config {

/// A field that is a whole number or milliseconds, between the bounds.
template <auto Part, auto Member>
constexpr Number number(Unit unit, std::uint64_t minimum, std::uint64_t maximum,
                        std::string_view zero = {}) {
  using Field = std::remove_reference_t<decltype((std::declval<Config&>().*Part).*Member)>;
  const auto get = [](const Config& config) -> std::uint64_t {
    if constexpr (std::integral<Field>)
      return static_cast<std::uint64_t>(config.*Part.*Member);
    else
      return static_cast<std::uint64_t>((config.*Part.*Member).count());
  };
  const auto set = [](Config& config, std::uint64_t value) {
    config.*Part.*Member = static_cast<Field>(value);
  };
  return {unit, minimum, maximum, zero, get, set};
}

template <auto Member>
constexpr Number limit(Unit unit, std::uint64_t minimum, std::uint64_t maximum,
                       std::string_view zero = {}) {
  return number<&Config::limits, Member>(unit, minimum, maximum, zero);
}

template <auto Member>
constexpr Number timeout() {
  return limit<Member>(Unit::Time, 0, kDay, "off");
}

template <auto Part, auto Member>
constexpr Text text_in() {
  return {[](Config& config, std::string_view value) { config.*Part.*Member = value; }};
}

/// A list of texts, to which `expected` is added.
template <auto Part, auto Member>
constexpr Custom list_in(std::string_view expected) {
  return {[](Config& config, std::string_view value) {
            if (!value.empty()) (config.*Part.*Member).emplace_back(value);
            return !value.empty();
          },
          expected};
}

/// A bool that becomes `Yes` when the option is on.
template <auto Part, auto Member, bool Yes = true>
constexpr Switch switch_in() {
  return {[](Config& config, bool on) { config.*Part.*Member = on == Yes; }};
}

}  // namespace penstock::config
