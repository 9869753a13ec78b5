// SPDX-License-Identifier: MIT
// A sink for tests.
#pragma once

#include <string>
#include <utility>

#include "spawn/inlet.h"

namespace penstock::spawn {

class StringSink final : public Sink {
 public:
  std::span<char> room() override { return refuses_ ? std::span<char>() : std::span<char>(block_); }
  void filled(std::size_t bytes) override { text_.append(block_, bytes); }
  std::size_t held() const override { return text_.size(); }

  const std::string& text() const { return text_; }
  std::string take() { return std::exchange(text_, {}); }
  /// From now on it has no memory.
  void refuse() { refuses_ = true; }

 private:
  char block_[512];
  std::string text_;
  bool refuses_ = false;
};

}  // namespace penstock::spawn
