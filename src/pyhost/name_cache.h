// SPDX-License-Identifier: MIT
// From a field's name as sent to its key in environ: "User-Agent" to the str "HTTP_USER_AGENT",
// made once a process. GIL held.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "pyhost/ref.h"

namespace penstock::pyhost {

/// One name, and the value that it had last: browsers say the same again and again.
struct CachedName {
  std::string name;
  PyRef key;
  std::string last_bytes;
  PyRef last_value;
};

class NameCache {
 public:
  /// Says how names become keys.
  enum class Form : std::uint8_t { HttpField, Variable };
  explicit NameCache(Form form) : form_(form) {}

  /// The key for `name`, borrowed from the cache or owned by `owner` where the cache is full, and
  /// the entry (null where there is none). Null key: an exception is set.
  struct Found {
    PyObject* key = nullptr;
    CachedName* entry = nullptr;
    PyRef owner;
  };
  Found find(std::string_view name);

 private:
  // A peer can send any names: the table has an end, and what does not fit is made anew.
  static constexpr std::size_t kBuckets = 1024;
  static constexpr std::size_t kProbes = 4;
  static constexpr std::size_t kLongest = 64;

  PyRef make_key(std::string_view name) const;

  const Form form_;
  std::array<CachedName, kBuckets> table_;
};

/// The value as str: the entry's last one if the bytes are the same. New reference.
PyObject* cached_value(CachedName* entry, std::string_view bytes);

}  // namespace penstock::pyhost
