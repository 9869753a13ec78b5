// SPDX-License-Identifier: MIT
#include "pyhost/spawn/bytes_sink.h"

#include <algorithm>
#include <utility>

namespace penstock::pyhost {
namespace {

constexpr std::size_t kFirstBytes = std::size_t{4} * 1024;
constexpr std::size_t kSecondBytes = std::size_t{64} * 1024;

}  // namespace

/// Grows by doubling: a large block is moved by the kernel (mremap), not copied.
std::span<char> BytesSink::room() {
  if (held_ == capacity_) {
    const std::size_t wanted =
        buffer_ == nullptr ? kFirstBytes : std::max(kSecondBytes, capacity_ * 2);
    if (buffer_ == nullptr) {
      buffer_ = PyBytes_FromStringAndSize(nullptr, static_cast<Py_ssize_t>(wanted));
    } else {
      // Without memory the buffer is gone, and what it held with it.
      _PyBytes_Resize(&buffer_, static_cast<Py_ssize_t>(wanted));
    }
    if (buffer_ == nullptr) {
      PyErr_Clear();
      held_ = capacity_ = 0;
      return {};
    }
    capacity_ = wanted;
  }
  return {PyBytes_AS_STRING(buffer_) + held_, capacity_ - held_};
}

PyObject* BytesSink::take() {
  if (held_ == 0) return PyBytes_FromStringAndSize(nullptr, 0);
  PyObject* result = std::exchange(buffer_, nullptr);
  if (held_ != capacity_) _PyBytes_Resize(&result, static_cast<Py_ssize_t>(held_));
  held_ = capacity_ = 0;
  return result;
}

}  // namespace penstock::pyhost
