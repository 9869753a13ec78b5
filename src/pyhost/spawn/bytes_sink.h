// SPDX-License-Identifier: MIT
// Collects a program's output in a Python bytes object, so that handing it over copies nothing.
#pragma once

#include "pyhost/python.h"
#include "spawn/inlet.h"

namespace penstock::pyhost {

/// All of it with the GIL held.
class BytesSink final : public spawn::Sink {
 public:
  BytesSink() = default;
  ~BytesSink() override { Py_XDECREF(buffer_); }
  BytesSink(const BytesSink&) = delete;
  BytesSink& operator=(const BytesSink&) = delete;

  std::span<char> room() override;
  void filled(std::size_t bytes) override { held_ += bytes; }
  std::size_t held() const override { return held_; }

  /// What it holds, as a new reference; it is empty then. Null: a Python exception is set.
  PyObject* take();

 private:
  PyObject* buffer_ = nullptr;
  std::size_t capacity_ = 0;
  std::size_t held_ = 0;
};

}  // namespace penstock::pyhost
