// SPDX-License-Identifier: MIT
#include "pyhost/environ_key.h"

#include <cstring>

#include "base/text.h"
#include "pyhost/text.h"

namespace penstock::pyhost {
namespace {

constexpr std::size_t kLongestValue = 256;  // longer ones seldom come twice

std::uint64_t load(const char* at, std::size_t count) {
  std::uint64_t value = 0;
  std::memcpy(&value, at, count);
  return value;
}

/// Mixes length, first and last eight bytes: that tells real names apart, and is quick.
std::size_t hash(std::string_view name) {
  std::uint64_t value = name.size();
  if (name.size() >= 8) {
    value += load(name.data(), 8) * 0x9E3779B97F4A7C15U;
    value ^= load(name.data() + name.size() - 8, 8) * 0xC2B2AE3D27D4EB4FU;
  } else {
    value += load(name.data(), name.size()) * 0x9E3779B97F4A7C15U;
  }
  value ^= value >> 29;
  value *= 0xBF58476D1CE4E5B9U;
  return static_cast<std::size_t>(value >> 40);
}

PyRef make_text(EnvironKeys::Form form, std::string_view name) {
  if (form == EnvironKeys::Form::Variable) return PyRef::steal(latin1(name));
  std::string key = "HTTP_";
  for (const char c : name)
    key += c == '-' ? '_' : text::upper(c);
  return PyRef::steal(latin1(key));
}

}  // namespace

PyRef EnvironKey::value_of(std::string_view bytes) {
  if (bytes.size() > kLongestValue) return PyRef::steal(latin1(bytes));
  if (!last_value_ || last_bytes_ != bytes) {
    PyRef value = PyRef::steal(latin1(bytes));
    if (!value) return value;
    last_bytes_ = bytes;
    last_value_ = std::move(value);
  }
  return last_value_;
}

EnvironKey* EnvironKeys::get(const char* text) {
  return keep(PyRef::steal(PyUnicode_FromString(text)));
}

EnvironKey* EnvironKeys::keep(PyRef text) {
  if (!text) return nullptr;
  PyObject* interned = text.release();
  PyUnicode_InternInPlace(&interned);
  EnvironKey& key = keys_[interned];
  key.text_ = PyRef::steal(interned);
  return &key;
}

EnvironKeys::Found EnvironKeys::find(Form form, std::string_view name) {
  if (name.size() <= kLongest) {
    const std::size_t begin = hash(name);
    for (std::size_t probe = 0; probe < kProbes; ++probe) {
      Entry& entry = names_[static_cast<std::size_t>(form)][(begin + probe) % kBuckets];
      if (!entry.key) {
        entry.key = keep(make_text(form, name));
        if (!entry.key) return {};
        entry.name = name;
      }
      if (entry.name == name) return {entry.key, {}};
    }
  }
  return {nullptr, make_text(form, name)};
}

}  // namespace penstock::pyhost
