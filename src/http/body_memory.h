// SPDX-License-Identifier: MIT
// The memory of request bodies: a block for each, and a budget for those that are large.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <utility>

namespace penstock::http {

/// How much the larger bodies of a worker may take together. One thread at a time.
class BodyBudget {
 public:
  /// `each`: the most bytes of one body; `all`: of all of them.
  BodyBudget(std::uint64_t each, std::uint64_t all) : each_(each), left_(all) {}
  BodyBudget(const BodyBudget&) = delete;
  BodyBudget& operator=(const BodyBudget&) = delete;

  std::uint64_t each() const { return each_; }
  std::uint64_t left() const { return left_; }

 private:
  friend class BodyMemory;
  const std::uint64_t each_;
  std::uint64_t left_;
};

/// One block of memory that grows without being cleared.
class BodyMemory {
 public:
  BodyMemory() = default;
  BodyMemory(BodyMemory&& other) noexcept { swap(other); }
  BodyMemory& operator=(BodyMemory other) noexcept {
    swap(other);
    return *this;
  }
  ~BodyMemory() { give_back(); }

  char* data() const { return block_.get(); }
  std::size_t capacity() const { return capacity_; }

  /// Makes it larger and keeps its bytes; all of it counts in `budget`, if that is given, until
  /// this dies. False, with nothing changed: there is not so much.
  bool grow(std::size_t capacity, BodyBudget* budget) {
    const std::uint64_t counted = budget_ ? capacity_ : 0;
    if (budget && capacity - counted > budget->left_) return false;
    void* const block = std::realloc(block_.get(), capacity);
    if (!block) return false;
    static_cast<void>(block_.release());
    block_.reset(static_cast<char*>(block));
    capacity_ = capacity;
    if (budget) budget->left_ -= capacity - counted;
    budget_ = budget;
    return true;
  }

 private:
  struct Free {
    void operator()(char* block) const { std::free(block); }
  };

  void swap(BodyMemory& other) noexcept {
    std::swap(block_, other.block_);
    std::swap(capacity_, other.capacity_);
    std::swap(budget_, other.budget_);
  }
  void give_back() {
    if (budget_) budget_->left_ += capacity_;
  }

  std::unique_ptr<char, Free> block_;
  std::size_t capacity_ = 0;
  BodyBudget* budget_ = nullptr;  // which it counts in
};

}  // namespace penstock::http
