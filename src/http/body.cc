// SPDX-License-Identifier: MIT
#include "http/body.h"

#include <algorithm>
#include <cerrno>
#include <new>

#include "base/temp_file.h"

namespace penstock::http {

namespace {

constexpr std::size_t kKeptBytes = 16 * 1024;
constexpr std::size_t kFirstBytes = 256;  // beyond what a string holds in itself: it may be moved

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
  const bool is_small = !file_ && bytes.size() <= spooling.threshold &&
                        memory_.size() <= spooling.threshold - bytes.size();
  if (is_small && append_to_memory(bytes)) return {};
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

/// False where there is no memory.
bool Body::append_to_memory(std::string_view bytes) {
  try {
    owned_.reserve(kFirstBytes);
    if (memory_.data() != owned_.data()) owned_.assign(memory_);
    owned_.append(bytes);
  } catch (const std::bad_alloc&) {
    return false;
  }
  memory_ = owned_;
  size_ = memory_.size();
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
  size_ = 0;
  if (owned_.capacity() > kKeptBytes)
    owned_ = {};
  else
    owned_.clear();
}

}  // namespace penstock::http
