// SPDX-License-Identifier: MIT
// How an answer leaves: framed in the connection's protocol, and written to its outbox.
#include <algorithm>

#include "base/log.h"
#include "server/connection.h"
#include "server/date.h"
#include "server/exchange.h"
#include "server/request_log.h"

namespace penstock::server {
namespace {

iovec piece(std::string_view bytes) {
  return {const_cast<char*>(bytes.data()), bytes.size()};
}

unexpected<Error> peer_gone() {
  return unexpected<Error>(Error{"the client is gone", EPIPE});
}

}  // namespace

void Exchange::inform(const http::ResponseHead& head) {
  if (started_ || failed_) return;
  std::string interim;
  session_->encode_informational(stream_, request_, head, interim);
  if (interim.empty()) return;
  iovec part = piece(interim);
  Claim expected = Claim::Open;
  if (timed_ && !claim_.compare_exchange_strong(expected, Claim::Informing)) return;
  write({&part, 1});
  if (timed_) claim_.store(Claim::Open, std::memory_order_release);
}

void Exchange::start(const http::ResponseHead& head, std::optional<std::uint64_t> body_length) {
  if (head_sent_) return;
  gather_.clear();
  encode_head(head, body_length);
}

void Exchange::encode_head(const http::ResponseHead& head,
                           std::optional<std::uint64_t> body_length) {
  const proto::Encoded encoded = session_->encode_head(
      stream_, request_, head, {current_date(), may_outlive(), body_length}, gather_.own());
  framing_kind_ = encoded.framing;
  keep_alive_ = encoded.keep_alive;
  remaining_ = head.content_length ? head.content_length : body_length;
  started_ = true;
  record_.status = head.status;
  const std::string_view text = session_->text_of(gather_.own());
  record_.header_bytes = static_cast<std::uint32_t>(text.size());
  if (context_->log.enabled()) record_.header_count = ExchangeRecord::header_lines(text);
}

/// Whether the connection may go on after this answer, as far as the server is concerned.
bool Exchange::may_outlive() const {
  return may_keep_alive_ && !context_->draining.load(std::memory_order_relaxed);
}

Result<> Exchange::send(std::span<const std::string_view> parts) {
  TRY(send_parts(parts, /*last=*/false));
  sent_at_ = steady_now();
  held_ = 0;
  return {};
}

/// Many small parts cost little that way: no system call each, and the GIL stays where it is. A
/// stream that pauses is sent on by the loop.
bool Exchange::send_soon(std::string_view part) {
  constexpr milliseconds kClosely{1};
  constexpr std::size_t kMostHeld = 16 * 1024;
  constexpr std::size_t kFramingBytes = 16;  // about, of each part
  if (!head_sent_ || failed_ || is_cancelled() || held_ + part.size() > kMostHeld) return false;
  if (steady_now() - sent_at_ >= kClosely) return false;
  const Outbox::State state = outbox_->state();
  if (state != Outbox::State::Clear && state != Outbox::State::Held) return false;
  held_ += part.size() + kFramingBytes;
  gather_.clear();
  if (const std::uint64_t size = permitted(part.size()); size > 0) add_part(part.substr(0, size));
  if (const auto all = gather_.parts(); !all.empty()) take(outbox_->hold(all));
  return true;
}

/// Frames `parts`, behind the head if that is still here, and writes all by one call.
Result<> Exchange::send_parts(std::span<const std::string_view> parts, bool last) {
  if (!head_sent_ && !claim()) lose_claim();
  if (failed_ || is_cancelled()) return peer_gone();
  if (head_sent_) gather_.clear();
  for (const std::string_view part : parts) {
    const std::uint64_t size = permitted(part.size());
    if (size > 0) add_part(part.substr(0, size));
  }
  if (last) session_->encode_end(stream_, framing_kind_, gather_.own());
  head_sent_ = true;
  if (const auto all = gather_.parts(); !all.empty()) write(all);
  if (failed_) return peer_gone();
  return {};
}

/// How many of `size` body bytes may be sent, by the kind of answer and its Content-Length.
std::uint64_t Exchange::permitted(std::uint64_t size) {
  if (framing_kind_ == http::Framing::None) return 0;
  if (!remaining_) return size;
  const std::uint64_t allowed = std::min(size, *remaining_);
  *remaining_ -= allowed;
  if (allowed < size) {
    log::warning("{} {}: the body is longer than its Content-Length; the rest is not sent",
                 request_.method, request_.target);
  }
  return allowed;
}

/// Adds body bytes in parts as large as the protocol takes, with their framing.
void Exchange::add_part(std::string_view bytes) {
  record_.body_bytes += bytes.size();
  const std::size_t most = session_->max_part();
  while (!bytes.empty()) {
    const std::string_view part = bytes.substr(0, most);
    bytes.remove_prefix(part.size());
    session_->begin_part(stream_, framing_kind_, part.size(), gather_.own());
    gather_.add(part);
    session_->end_part(stream_, framing_kind_, part.size(), gather_.own());
  }
}

Result<> Exchange::send_file(Fd file, std::uint64_t offset, std::uint64_t length) {
  TRY(send_parts({}, /*last=*/false));  // the head
  record_.sent_file = true;
  length = permitted(length);
  const auto shared = std::make_shared<const Fd>(std::move(file));
  const std::uint64_t most = session_->max_part();
  std::string before;
  std::string after;
  while (length > 0) {
    if (is_cancelled()) return peer_gone();
    const std::uint64_t size = std::min(length, most);
    record_.body_bytes += size;
    before.clear();
    after.clear();
    session_->begin_part(stream_, framing_kind_, size, before);
    session_->end_part(stream_, framing_kind_, size, after);
    write_file({shared, offset, size, before, after});
    if (failed_) return peer_gone();
    offset += size;
    length -= size;
  }
  return {};
}

/// Adds the time until its end to what the request spent writing, if anybody wants to know.
class Exchange::WriteClock {
 public:
  explicit WriteClock(Exchange& exchange) : exchange_(exchange) {
    if (exchange_.context_->log.wants_timings()) begin_ = steady_now();
  }
  ~WriteClock() {
    if (begin_ != SteadyTime{}) exchange_.record_.writing += steady_now() - begin_;
  }
  WriteClock(const WriteClock&) = delete;
  WriteClock& operator=(const WriteClock&) = delete;

 private:
  Exchange& exchange_;
  SteadyTime begin_{};
};

void Exchange::write(std::span<iovec> parts) {
  const WriteClock clock(*this);
  take(outbox_->write(parts));
}

/// The server's own words, perhaps on the loop's thread.
void Exchange::write_short(std::string_view bytes) {
  const WriteClock clock(*this);
  iovec part = piece(bytes);
  take(outbox_->write({&part, 1}, Outbox::Wait::Never));
}

void Exchange::write_file(const Outbox::FilePart& part) {
  const WriteClock clock(*this);
  take(outbox_->write_file(part));
}

void Exchange::take(Outbox::State state) {
  switch (state) {
    case Outbox::State::Clear:
      return;
    case Outbox::State::Held:
      context_->flush_soon(*connection_);
      return;
    case Outbox::State::Blocked:
      context_->attention(*connection_);
      return;
    case Outbox::State::Failed:
      failed_ = true;
      return;
  }
}

void Exchange::report(std::string_view lines) {
  if (!context_->config.socket.fastcgi_stderr) return;
  if (done_ || failed_ || is_cancelled() || overdue()) return;
  std::string text;
  session_->encode_report(stream_, lines, text);
  if (text.empty()) return;
  iovec part = piece(text);
  write({&part, 1});
}

}  // namespace penstock::server
