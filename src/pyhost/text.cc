// SPDX-License-Identifier: MIT
#include "pyhost/text.h"

#include <cstdint>
#include <cstring>

namespace penstock::pyhost {
namespace {

bool is_ascii(std::string_view bytes) {
  const char* at = bytes.data();
  const char* const end = at + bytes.size();
  std::uint64_t seen = 0;
  for (; end - at >= 8; at += 8) {
    std::uint64_t eight;
    std::memcpy(&eight, at, 8);
    seen |= eight;
  }
  for (; at < end; ++at)
    seen |= static_cast<std::uint64_t>(static_cast<unsigned char>(*at));
  return (seen & 0x8080808080808080U) == 0;
}

}  // namespace

PyObject* latin1(std::string_view bytes) {
  const auto size = static_cast<Py_ssize_t>(bytes.size());
  // Python keeps the short ones itself; and only ASCII may be copied as it is.
  if (size < 2 || !is_ascii(bytes)) return PyUnicode_DecodeLatin1(bytes.data(), size, nullptr);
  PyObject* const text = PyUnicode_New(size, 127);
  if (text) std::memcpy(PyUnicode_1BYTE_DATA(text), bytes.data(), bytes.size());
  return text;
}

std::optional<std::string_view> latin1_view(PyObject* text) {
  if (PyUnicode_READY(text) < 0) {
    PyErr_Clear();
    return std::nullopt;
  }
  if (PyUnicode_KIND(text) != PyUnicode_1BYTE_KIND) return std::nullopt;
  return std::string_view(reinterpret_cast<const char*>(PyUnicode_1BYTE_DATA(text)),
                          static_cast<std::size_t>(PyUnicode_GET_LENGTH(text)));
}

}  // namespace penstock::pyhost
