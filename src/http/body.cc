// SPDX-License-Identifier: MIT
#include "http/body.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/temp_file.h"

namespace penstock::http {

namespace {

constexpr std::size_t kKeptBytes = 16 * 1024;
constexpr std::uint64_t kFirstBytes = 256;

/// Writes all of it at the end of the file.
Result<> write_all(const Fd& file, std::string_view bytes, const std::string& directory) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return os_error_about(directory, "cannot write a request body");
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

}  // namespace

void Body::borrow(std::string_view bytes) {
  reset();
  memory_ = bytes;
  size_ = bytes.size();
}

Result<> Body::append(std::string_view bytes, const Spooling& spooling) {
  if (bytes.empty()) return {};
  if (const std::span<char> space = room(bytes.size(), spooling); !space.empty()) {
    std::memcpy(space.data(), bytes.data(), bytes.size());
    received(bytes.size());
    return {};
  }
  if (!file_) {
    Fd file = TRY(open_unlinked_file(spooling.directory));
    TRY(write_all(file, memory_, spooling.directory));
    file_ = std::move(file);
    memory_ = {};
    owned_ = {};
  }
  TRY(write_all(file_, bytes, spooling.directory));
  size_ += bytes.size();
  return {};
}

std::span<char> Body::room(std::size_t least, const Spooling& spooling) {
  if (file_ || !make_room(size_ + least, spooling)) return {};
  return {owned_.data() + size_, static_cast<std::size_t>(owned_.capacity() - size_)};
}

void Body::received(std::size_t size) {
  size_ += size;
  memory_ = {owned_.data(), static_cast<std::size_t>(size_)};
}

/// Makes the memory large enough for `size` bytes, and somewhat larger where more are to come.
/// False where they may not be, or cannot be, in memory.
bool Body::make_room(std::uint64_t size, const Spooling& spooling) {
  const bool is_large = size > spooling.threshold;
  BodyBudget* const budget = is_large ? spooling.budget : nullptr;
  if (is_large && (!budget || std::max(size, expected_) > budget->each())) return false;

  const bool is_borrowed = !memory_.empty() && memory_.data() != owned_.data();
  if (size > owned_.capacity()) {
    // A few times what has come and no more: a peer's announcement costs nothing. Growing may mean
    // copying, so those that the budget bounds grow in larger steps.
    const std::uint64_t most = budget ? budget->each() : spooling.threshold;
    const std::uint64_t useful = expected_ != 0 ? std::min(expected_, most) : most;
    const std::uint64_t times = budget ? 4 : 2;
    const std::uint64_t larger = std::min<std::uint64_t>(times * owned_.capacity(), useful);
    const std::uint64_t capacity = std::max({size, larger, std::min(kFirstBytes, useful)});
    if (!owned_.grow(static_cast<std::size_t>(capacity), budget)) return false;
  }
  if (is_borrowed) std::memcpy(owned_.data(), memory_.data(), memory_.size());
  memory_ = {owned_.data(), memory_.size()};  // it may have moved, also if nothing is received now
  return true;
}

Result<std::size_t> Body::read_at(std::uint64_t offset, std::span<char> into) const {
  if (offset >= size_) return 0;
  const auto wanted =
      static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), size_ - offset));
  if (!file_) return memory_.copy(into.data(), wanted, static_cast<std::size_t>(offset));

  std::size_t done = 0;
  while (done < wanted) {
    const ssize_t got =
        ::pread(file_.get(), into.data() + done, wanted - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return os_error("cannot read a spooled request body");
    if (got == 0) return fail("a spooled request body is shorter than what was written");
    done += static_cast<std::size_t>(got);
  }
  return done;
}

void Body::reset() {
  memory_ = {};
  file_.reset();
  size_ = expected_ = 0;
  if (owned_.capacity() > kKeptBytes) owned_ = {};
}

}  // namespace penstock::http
