// SPDX-License-Identifier: MIT
#include "base/memory_reserve.h"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

namespace penstock::memory_reserve {
namespace {

// What the requests that run may need to come to their end. In pieces, each a mapping of its own:
// smaller ones than Python asks the kernel for, so that what is given is not taken by the app.
constexpr std::size_t kPiece = std::size_t{256} * 1024;
constexpr std::size_t kPieces = 16;

// Process-wide as the handler itself is.
std::array<std::atomic<void*>, kPieces> pieces{};
std::atomic<bool> used{false};

/// `new` tries again after it.
void give() {
  for (std::atomic<void*>& piece : pieces) {
    void* const memory = piece.exchange(nullptr);
    if (!memory) continue;
    used.store(true);
    return std::free(memory);
  }
  throw std::bad_alloc();
}

}  // namespace

void keep() {
  used.store(true);
  renew();
  std::set_new_handler(give);
}

void renew() {
  if (!used.load(std::memory_order_relaxed) || !used.exchange(false)) return;
  for (std::atomic<void*>& piece : pieces) {
    if (piece.load()) continue;
    void* const memory = std::malloc(kPiece);
    if (!memory) return used.store(true);
    void* none = nullptr;
    if (!piece.compare_exchange_strong(none, memory)) std::free(memory);
  }
}

}  // namespace penstock::memory_reserve
