// SPDX-License-Identifier: MIT
#include "spawn/inlet.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "spawn/pipes.h"

namespace penstock::spawn {
namespace {

constexpr std::size_t kPipeBytes = std::size_t{64} * 1024;  // what Linux gives a new pipe
constexpr int kWidePipeBytes = 512 * 1024;

}  // namespace

bool Inlet::is_paused() const {
  return terms_.when_full == WhenFull::Pause && sink_ != nullptr && sink_->held() >= terms_.limit;
}

/// Memory for what may still be kept; nothing if what comes is to be lost.
std::span<char> Inlet::room() {
  const std::size_t held = sink_->held();
  if (held >= terms_.limit) return {};
  const std::span<char> room = sink_->room();
  return room.first(std::min(room.size(), terms_.limit - held));
}

std::size_t Inlet::read_once(std::size_t budget) {
  const std::span<char> kept = room();
  char lost[16 * 1024];
  const std::span<char> into = kept.empty() ? std::span<char>(lost) : kept;
  const std::size_t wanted = std::min(into.size(), budget);
  const ssize_t got = ::read(pipe_.get(), into.data(), wanted);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return 0;
  if (got <= 0) {
    at_end_ = true;
    return 0;
  }
  const auto bytes = static_cast<std::size_t>(got);
  if (kept.empty()) {
    truncated_ = true;
  } else {
    sink_->filled(bytes);
  }
  return bytes;
}

/// A program that fills the pipe faster than we come is woken less often with a wide one.
void Inlet::widen_if_busy(std::size_t bytes) {
  if (widened_ || bytes < kPipeBytes) return;
  widened_ = true;
  widen(pipe_, kWidePipeBytes);
}

std::size_t Inlet::pump(std::size_t budget) {
  std::size_t total = 0;
  while (total < budget && is_open() && !at_end_ && !is_paused()) {
    const std::size_t bytes = read_once(budget - total);
    if (bytes == 0) break;
    total += bytes;
  }
  if (!at_end_) widen_if_busy(total);
  return total;
}

}  // namespace penstock::spawn
