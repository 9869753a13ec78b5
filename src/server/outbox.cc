// SPDX-License-Identifier: MIT
#include "server/outbox.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/log.h"
#include "base/temp_file.h"

namespace penstock::server {
namespace {

constexpr std::size_t kFewBytes = 4096;  // rather copied than sent by a call of their own

std::uint64_t size_of(std::span<const iovec> parts) {
  std::uint64_t size = 0;
  for (const iovec& part : parts)
    size += part.iov_len;
  return size;
}

/// Drops the first `count` bytes of `parts`.
std::span<iovec> advance(std::span<iovec> parts, std::size_t count) {
  while (!parts.empty() && count >= parts.front().iov_len) {
    count -= parts.front().iov_len;
    parts = parts.subspan(1);
  }
  if (count > 0) {
    parts.front().iov_base = static_cast<char*>(parts.front().iov_base) + count;
    parts.front().iov_len -= count;
  }
  return parts;
}

}  // namespace

Outbox::State Outbox::write(std::span<iovec> parts, Wait wait) {
  std::unique_lock lock(mutex_);
  if (failed_) return State::Failed;
  if (!waiting_) return write_locked(parts);
  if (wait == Wait::ForRoom && !wait_for_room(lock)) return State::Failed;
  if (waiting_ && waiting_->is_held && size_of(parts) > kFewBytes) flush_locked();
  if (failed_) return State::Failed;
  if (!waiting_) return write_locked(parts);
  keep(parts);
  return flush_locked();
}

Outbox::State Outbox::hold(std::span<const iovec> parts) {
  const std::lock_guard lock(mutex_);
  if (failed_) return State::Failed;
  if (!waiting_) {
    waiting_ = std::make_unique<Waiting>();
    waiting_->is_held = true;
    waiting_->segments.emplace_back().bytes.reserve(kFewBytes);
  }
  keep(parts);
  return note_state();
}

Outbox::State Outbox::write_locked(std::span<iovec> parts) {
  constexpr std::size_t kMostParts = 256;  // well below IOV_MAX
  while (!parts.empty()) {
    const net::Transfer transfer =
        net::send_gather(socket_, parts.first(std::min(parts.size(), kMostParts)));
    if (transfer.done()) {
      sent_ += transfer.size;
      parts = advance(parts, transfer.size);
    } else if (transfer.again()) {
      keep(parts);
      return note_state();
    } else {
      fail_locked();
      return State::Failed;
    }
  }
  return State::Clear;
}

Outbox::State Outbox::write_file(const FilePart& part) {
  std::unique_lock lock(mutex_);
  if (failed_) return State::Failed;
  if (part.length == 0) return state();
  if (waiting_ && !wait_for_room(lock)) return State::Failed;
  if (!waiting_) waiting_ = std::make_unique<Waiting>();
  keep(part.before);
  // A file waits on disk as it is, so it does not count against the buffer.
  waiting_->segments.push_back(Segment{{}, part.file, part.offset, part.length});
  keep(part.after);
  return flush_locked();
}

Outbox::State Outbox::flush() {
  const std::lock_guard lock(mutex_);
  return flush_locked();
}

Outbox::State Outbox::flush_locked() {
  if (failed_) return State::Failed;
  if (!waiting_) return State::Clear;
  waiting_->is_held = false;
  auto& segments = waiting_->segments;
  while (!segments.empty()) {
    if (!send_segment(segments.front())) {
      if (failed_) return State::Failed;
      break;
    }
    segments.pop_front();
  }
  waiting_->room.notify_all();
  if (segments.empty() && waiting_->waiters == 0) waiting_.reset();
  return note_state();
}

/// True when the segment has been sent in whole.
bool Outbox::send_segment(Segment& segment) {
  while (segment.length > 0) {
    const net::Transfer transfer = send_some(segment);
    if (transfer.again()) return false;
    if (!transfer.done()) {
      // Also where a file has become shorter: the answer cannot be completed.
      fail_locked();
      return false;
    }
    sent_ += transfer.size;
    segment.offset += transfer.size;
    segment.length -= transfer.size;
    if (!segment.file) waiting_->bytes -= transfer.size;
    if (!segment.bytes.empty()) waiting_->memory -= transfer.size;
  }
  return true;
}

net::Transfer Outbox::send_some(const Segment& segment) {
  if (!segment.bytes.empty()) {
    const iovec rest{const_cast<char*>(segment.bytes.data()) + segment.offset, segment.length};
    return net::send_gather(socket_, {&rest, 1});
  }
  constexpr std::uint64_t kMost = 1 << 20;  // so that one peer does not keep the loop
  if (!segment.file) return send_spooled(segment);
  return net::send_file(socket_, segment.file->get(), segment.offset,
                        std::min(segment.length, kMost));
}

/// Copies out of the spool file, whose disk is given back at once so that a long stream does not
/// fill it. Not by sendfile: the socket would go on referring to pages that are freed here.
net::Transfer Outbox::send_spooled(const Segment& segment) {
  std::array<char, 64 * 1024> bytes;
  const std::size_t wanted = std::min<std::uint64_t>(bytes.size(), segment.length);
  const ssize_t count =
      ::pread(waiting_->spool.get(), bytes.data(), wanted, static_cast<off_t>(segment.offset));
  if (count <= 0) return {net::Transfer::Status::Failed, count < 0 ? errno : EIO, 0};
  const iovec part{bytes.data(), static_cast<std::size_t>(count)};
  const net::Transfer transfer = net::send_gather(socket_, {&part, 1});
  if (transfer.done()) {
    ::fallocate(waiting_->spool.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                static_cast<off_t>(segment.offset), static_cast<off_t>(transfer.size));
  }
  return transfer;
}

void Outbox::keep(std::span<const iovec> parts) {
  if (!waiting_) waiting_ = std::make_unique<Waiting>();
  const std::uint64_t total = size_of(parts);
  if (total == 0) return;
  waiting_->bytes += total;

  if (waiting_->memory + total > limits_.memory || waiting_->spool) {
    if (!spool(parts)) fail_locked();
    return;
  }
  auto& segments = waiting_->segments;
  if (segments.empty() || segments.back().bytes.empty()) segments.emplace_back();
  Segment& last = segments.back();
  for (const iovec& part : parts) {
    last.bytes.append(static_cast<const char*>(part.iov_base), part.iov_len);
  }
  last.length += total;
  waiting_->memory += total;
}

void Outbox::keep(std::string_view bytes) {
  if (bytes.empty()) return;
  const iovec part{const_cast<char*>(bytes.data()), bytes.size()};
  keep({&part, 1});
}

/// Appends to the spool file, which takes everything once it is open, to keep the order simple.
bool Outbox::spool(std::span<const iovec> parts) {
  if (!waiting_->spool) {
    auto file = open_unlinked_file(limits_.directory);
    if (!file) {
      log::error("an answer cannot be buffered: {}", file.error().what);
      return false;
    }
    waiting_->spool = std::move(*file);
  }
  auto& segments = waiting_->segments;
  const bool extends = !segments.empty() && segments.back().bytes.empty() && !segments.back().file;
  if (!extends) segments.push_back(Segment{{}, nullptr, waiting_->spool_end, 0});
  for (const iovec& part : parts) {
    const char* bytes = static_cast<const char*>(part.iov_base);
    std::size_t left = part.iov_len;
    while (left > 0) {
      const ssize_t count =
          ::pwrite(waiting_->spool.get(), bytes, left, static_cast<off_t>(waiting_->spool_end));
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) {
        log::error("an answer cannot be buffered in {}: {}", limits_.directory,
                   std::generic_category().message(errno));
        return false;
      }
      bytes += count;
      left -= static_cast<std::size_t>(count);
      waiting_->spool_end += static_cast<std::uint64_t>(count);
      segments.back().length += static_cast<std::uint64_t>(count);
    }
  }
  return true;
}

void Outbox::fail() {
  const std::lock_guard lock(mutex_);
  fail_locked();
}

void Outbox::fail_locked() {
  failed_ = true;
  note_state();
  if (!waiting_) return;
  waiting_->segments.clear();
  waiting_->room.notify_all();
}

/// Waits until less than the limit is kept. False if the peer is gone.
bool Outbox::wait_for_room(std::unique_lock<std::mutex>& lock) {
  if (waiting_->bytes < limits_.buffer) return true;
  ++waiting_->waiters;
  waiting_->room.wait(lock, [this] { return failed_ || waiting_->bytes < limits_.buffer; });
  --waiting_->waiters;
  if (!failed_ && waiting_->segments.empty() && waiting_->waiters == 0) waiting_.reset();
  note_state();
  return !failed_;
}

/// Publishes what state() is to say, after a change.
Outbox::State Outbox::note_state() {
  State state = State::Clear;
  if (waiting_) state = waiting_->is_held ? State::Held : State::Blocked;
  if (failed_) state = State::Failed;
  state_.store(state, std::memory_order_release);
  return state;
}

std::uint64_t Outbox::sent() const {
  const std::lock_guard lock(mutex_);
  return sent_;
}

}  // namespace penstock::server
