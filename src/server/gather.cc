// SPDX-License-Identifier: MIT
#include "server/gather.h"

namespace penstock::server {
namespace {

// Copying so many bytes costs less than one more part of a write.
constexpr std::size_t kShort = 2048;
constexpr std::size_t kMostKept = 64 * 1024;  // bytes of memory, for the next one

}  // namespace

void Gather::add(std::string_view bytes) {
  if (bytes.size() <= kShort) {
    own_.append(bytes);
    return;
  }
  close_own();
  parts_.push_back({const_cast<char*>(bytes.data()), bytes.size()});
}

void Gather::close_own() {
  if (own_.size() == listed_) return;
  parts_.push_back({nullptr, own_.size() - listed_});
  listed_ = own_.size();
}

std::span<iovec> Gather::parts() {
  close_own();
  // The string may have moved while it grew: only now do the addresses stand.
  char* at = own_.data();
  for (iovec& part : parts_) {
    if (part.iov_base) continue;
    part.iov_base = at;
    at += part.iov_len;
  }
  return parts_;
}

void Gather::clear() {
  if (own_.capacity() > kMostKept) own_ = {};
  own_.clear();
  listed_ = 0;
  parts_.clear();
}

}  // namespace penstock::server
