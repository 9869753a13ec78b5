// SPDX-License-Identifier: MIT
#include "server/input_buffer.h"

#include <cstring>
#include <new>

namespace penstock::server {

void InputBuffer::compact() {
  const std::uint32_t count = end_ - begin_;
  if (begin_ != pinned_ && count > 0) std::memmove(data() + pinned_, data() + begin_, count);
  begin_ = pinned_;
  end_ = pinned_ + count;
}

void BufferRef::reset() {
  InputBuffer* const buffer = std::exchange(buffer_, nullptr);
  if (buffer && --buffer->references_ == 0) buffer->pool_->take_back(buffer);
}

BufferPool::~BufferPool() {
  for (InputBuffer* const buffer : spare_)
    ::operator delete(buffer);
}

BufferRef BufferPool::lend(std::size_t capacity) {
  if (capacity <= kUsual && !spare_.empty()) {
    InputBuffer* const buffer = spare_.back();
    spare_.pop_back();
    return BufferRef(buffer);
  }
  if (capacity < kUsual) capacity = kUsual;
  void* const memory = ::operator new(sizeof(InputBuffer) + capacity);
  auto* const buffer = new (memory) InputBuffer(static_cast<std::uint32_t>(capacity));
  buffer->pool_ = this;
  return BufferRef(buffer);
}

void BufferPool::take_back(InputBuffer* buffer) {
  if (buffer->capacity_ != kUsual || spare_.size() >= kKept) {
    ::operator delete(buffer);
    return;
  }
  buffer->begin_ = buffer->end_ = buffer->pinned_ = 0;
  spare_.push_back(buffer);
}

}  // namespace penstock::server
