// SPDX-License-Identifier: MIT
// The keys of environ dictionaries and what is known of each. A field's name as sent leads to its
// key, "User-Agent" and "user-agent" both to HTTP_USER_AGENT; the str is made once a process.
// GIL held. Nothing here makes an object that the garbage collector tracks.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "pyhost/ref.h"

namespace penstock::pyhost {

/// One key, and the value that it had last: browsers say the same again and again.
class EnvironKey {
 public:
  /// The interned str.
  PyObject* text() const { return text_.get(); }

  /// The str of these bytes: the last one if they are the same. Null: an exception is set.
  PyRef value_of(std::string_view bytes);
  bool is_last_value(std::string_view bytes) const { return last_value_ && last_bytes_ == bytes; }
  bool is_in_template(std::string_view bytes) const {
    return in_template && in_template == last_value_.get() && last_bytes_ == bytes;
  }

  // For EnvironBuilder:
  PyObject* in_template = nullptr;  // its value there, borrowed; null: the template lacks it
  std::uint64_t request = 0;        // the last one that has it
  bool reserved = false;            // the server itself sets it, in every request
  bool learnable = true;            // a template may have it

 private:
  friend class EnvironKeys;
  PyRef text_;
  std::string last_bytes_;
  PyRef last_value_;
};

class EnvironKeys {
 public:
  /// Says how names become keys.
  enum class Form : std::uint8_t { HttpField, Variable };

  /// The key with this text, which stays. Null: an exception is set.
  EnvironKey* get(const char* text);

  /// The key of `name`; or, where there is no room for it, its text alone, owned by `text`. Both
  /// null: an exception is set.
  struct Found {
    EnvironKey* key = nullptr;
    PyRef text;
  };
  Found find(Form form, std::string_view name);

 private:
  // A peer can send any names: the tables have an end, and what does not fit is made anew.
  static constexpr std::size_t kBuckets = 1024;
  static constexpr std::size_t kProbes = 4;
  static constexpr std::size_t kLongest = 64;

  struct Entry {
    std::string name;
    EnvironKey* key = nullptr;
  };
  EnvironKey* keep(PyRef text);

  std::array<std::array<Entry, kBuckets>, 2> names_;  // by form
  std::unordered_map<PyObject*, EnvironKey> keys_;    // by the interned str
};

}  // namespace penstock::pyhost
