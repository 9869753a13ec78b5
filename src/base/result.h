// SPDX-License-Identifier: MIT
// Errors as values. Result<T> is tl::expected; TRY passes an error up.
#pragma once

#include <cerrno>
#include <string>
#include <string_view>
#include <system_error>
#include <tl/expected.hpp>
#include <utility>

namespace penstock {

/// What went wrong, as a sentence for a person, and the errno if the system said it.
struct Error {
  std::string what;
  int code = 0;  // errno, or 0 where the failure is not the system's

  /// Puts the thing that failed in front: "127.0.0.1:80: bind: Permission denied".
  Error about(std::string_view subject) && {
    what.insert(0, ": ").insert(0, subject);
    return std::move(*this);
  }
};

template <class T = void, class E = Error>
using Result = tl::expected<T, E>;
using tl::unexpected;

/// An error in our own words. Returned as is from a function that gives a Result.
inline unexpected<Error> fail(std::string what) {
  return unexpected<Error>(Error{std::move(what), 0});
}

/// The error that errno holds now, as "call: reason".
inline unexpected<Error> os_error(std::string_view call, int code = errno) {
  return unexpected<Error>(
      Error{std::string(call) + ": " + std::generic_category().message(code), code});
}

/// The same with the thing that the call was about in front.
inline unexpected<Error> os_error_about(std::string_view subject, std::string_view call,
                                        int code = errno) {
  return unexpected<Error>(std::move(os_error(call, code).value()).about(subject));
}

namespace detail {
inline void take(Result<>&&) {}
template <class T, class E>
T take(tl::expected<T, E>&& result) {
  return std::move(*result);
}
}  // namespace detail

}  // namespace penstock

/// The value of a Result, or return its error from this function. Use it only as a whole
/// statement or a whole initialiser: inside a larger expression GCC 12 leaks temporaries.
#define TRY(expression)                                                            \
  __extension__({                                                                  \
    auto try_result = (expression);                                                \
    if (!try_result) return ::penstock::unexpected(std::move(try_result).error()); \
    ::penstock::detail::take(std::move(try_result));                               \
  })
