// SPDX-License-Identifier: MIT
#include "pyhost/name_cache.h"

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

}  // namespace

PyRef NameCache::make_key(std::string_view name) const {
  std::string key;
  if (form_ == Form::HttpField) {
    key = "HTTP_";
    for (const char c : name)
      key += c == '-' ? '_' : text::upper(c);
  } else {
    key = name;
  }
  return PyRef::steal(latin1(key));
}

NameCache::Found NameCache::find(std::string_view name) {
  Found found;
  if (name.size() <= kLongest) {
    const std::size_t begin = hash(name);
    for (std::size_t probe = 0; probe < kProbes; ++probe) {
      CachedName& entry = table_[(begin + probe) % kBuckets];
      if (!entry.key) {
        PyObject* key = make_key(name).release();
        if (!key) return found;
        PyUnicode_InternInPlace(&key);
        entry.name = name;
        entry.key = PyRef::steal(key);
      }
      if (entry.name == name) {
        found.key = entry.key.get();
        found.entry = &entry;
        return found;
      }
    }
  }
  found.owner = make_key(name);
  found.key = found.owner.get();
  return found;
}

PyObject* cached_value(CachedName* entry, std::string_view bytes) {
  if (!entry || bytes.size() > kLongestValue) return latin1(bytes);
  if (entry->last_value && entry->last_bytes == bytes) {
    return PyRef(entry->last_value).release();
  }
  PyRef value = PyRef::steal(latin1(bytes));
  if (!value) return nullptr;
  entry->last_bytes = bytes;
  entry->last_value = value;
  return value.release();
}

}  // namespace penstock::pyhost
