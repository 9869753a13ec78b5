// SPDX-License-Identifier: MIT
// An owned file descriptor.
#pragma once

#include <unistd.h>

#include <utility>

namespace penstock {

/// Owns one file descriptor. Wrap the number on the line that obtains it.
class [[nodiscard]] Fd {
 public:
  explicit Fd(int raw = -1) : raw_(raw) {}
  Fd(Fd&& other) noexcept : raw_(other.release()) {}
  Fd& operator=(Fd&& other) noexcept {
    reset(other.release());
    return *this;
  }
  ~Fd() { reset(); }

  int get() const { return raw_; }
  explicit operator bool() const { return raw_ >= 0; }
  [[nodiscard]] int release() { return std::exchange(raw_, -1); }
  void reset(int raw = -1) {
    if (const int old = std::exchange(raw_, raw); old >= 0) ::close(old);
  }

 private:
  int raw_;
};

}  // namespace penstock
