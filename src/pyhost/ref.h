// SPDX-License-Identifier: MIT
// Ownership of Python objects. GIL held for every call.
#pragma once

#include <utility>

#include "pyhost/python.h"

namespace penstock::pyhost {

/// Owns one reference, or none. Null after a failed Python call: then an exception is set.
class [[nodiscard]] PyRef {
 public:
  PyRef() = default;
  /// Takes over a new reference, as most Python calls return.
  static PyRef steal(PyObject* object) { return PyRef(object); }
  /// Shares an object that somebody else lends.
  static PyRef borrow(PyObject* object) {
    Py_XINCREF(object);
    return PyRef(object);
  }
  PyRef(const PyRef& other) : object_(other.object_) { Py_XINCREF(object_); }
  PyRef(PyRef&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  PyRef& operator=(PyRef other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~PyRef() { Py_XDECREF(object_); }

  PyObject* get() const { return object_; }
  explicit operator bool() const { return object_ != nullptr; }
  /// Hands the reference over, as a return value to Python.
  [[nodiscard]] PyObject* release() { return std::exchange(object_, nullptr); }
  void reset() { *this = PyRef(); }

 private:
  explicit PyRef(PyObject* object) : object_(object) {}
  PyObject* object_ = nullptr;
};

}  // namespace penstock::pyhost
