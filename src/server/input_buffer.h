// SPDX-License-Identifier: MIT
// The bytes that a connection received. Buffers come from a pool, so that an idle connection
// holds none, and are shared with the request whose views point into them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace penstock::server {

class BufferPool;

/// One block of received bytes: [pinned, done with, unread, free). The loop's thread only.
class InputBuffer {
 public:
  std::string_view unread() const { return {data() + begin_, end_ - begin_}; }
  std::span<char> free_space() { return {data() + end_, capacity_ - end_}; }
  std::size_t capacity() const { return capacity_; }

  void filled(std::size_t count) { end_ += static_cast<std::uint32_t>(count); }
  void consume(std::size_t count) { begin_ += static_cast<std::uint32_t>(count); }

  /// A request's views point at what was consumed so far: it stays where it is.
  void pin() { pinned_ = begin_; }
  void unpin() { pinned_ = 0; }

  /// Moves the unread bytes down to the pinned ones, to make room behind them.
  void compact();

 private:
  friend class BufferPool;
  friend class BufferRef;
  explicit InputBuffer(std::uint32_t capacity) : capacity_(capacity) {}
  char* data() { return reinterpret_cast<char*>(this + 1); }
  const char* data() const { return reinterpret_cast<const char*>(this + 1); }

  std::uint32_t capacity_;
  std::uint32_t begin_ = 0;
  std::uint32_t end_ = 0;
  std::uint32_t pinned_ = 0;
  std::uint32_t references_ = 0;
  BufferPool* pool_ = nullptr;
};

/// Shares an InputBuffer; the last one gives it back to its pool.
class BufferRef {
 public:
  BufferRef() = default;
  BufferRef(const BufferRef& other) : buffer_(other.buffer_) {
    if (buffer_) ++buffer_->references_;
  }
  BufferRef(BufferRef&& other) noexcept : buffer_(std::exchange(other.buffer_, nullptr)) {}
  BufferRef& operator=(BufferRef other) noexcept {
    std::swap(buffer_, other.buffer_);
    return *this;
  }
  ~BufferRef() { reset(); }

  void reset();
  bool shared() const { return buffer_->references_ > 1; }
  InputBuffer* operator->() const { return buffer_; }
  explicit operator bool() const { return buffer_ != nullptr; }

 private:
  friend class BufferPool;
  explicit BufferRef(InputBuffer* buffer) : buffer_(buffer) { ++buffer_->references_; }
  InputBuffer* buffer_ = nullptr;
};

/// Makes buffers and keeps a few of the usual size. Must outlive them all.
class BufferPool {
 public:
  static constexpr std::size_t kUsual = 16 * 1024 - sizeof(InputBuffer);
  static constexpr std::size_t kKept = 64;  // spare buffers: 1 MiB

  BufferPool() = default;
  BufferPool(const BufferPool&) = delete;
  BufferPool& operator=(const BufferPool&) = delete;
  ~BufferPool();

  /// A buffer with room for at least `capacity` bytes.
  BufferRef lend(std::size_t capacity = kUsual);

 private:
  friend class BufferRef;
  void take_back(InputBuffer* buffer);
  std::vector<InputBuffer*> spare_;
};

}  // namespace penstock::server
