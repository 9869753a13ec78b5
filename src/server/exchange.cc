// SPDX-License-Identifier: MIT
#include "server/exchange.h"

#include <algorithm>

#include "base/log.h"
#include "net/socket.h"
#include "server/connection.h"
#include "server/date.h"
#include "server/request_log.h"
#include "server/roster.h"

namespace penstock::server {
namespace {

constexpr int kClientClosedRequest = 499;  // nginx's, so readers of logs know it

iovec piece(std::string_view bytes) {
  return {const_cast<char*>(bytes.data()), bytes.size()};
}

unexpected<Error> peer_gone() {
  return unexpected<Error>(Error{"the client is gone", EPIPE});
}

}  // namespace

void Exchange::attach(Connection& connection, proto::Session& session, Outbox& outbox,
                      Context& context) {
  connection_ = &connection;
  session_ = &session;
  outbox_ = &outbox;
  context_ = &context;
}

void Exchange::received_head(std::uint32_t stream, const BufferRef& buffer) {
  stream_ = stream;
  buffer_ = buffer;
  record_.head_at = context_->loop.now();
  record_.wall_micros = context_->loop.wall_now();
}

void Exchange::begin_running() {
  running_ = true;
  record_.ready_at = context_->loop.now();
  record_.received_bytes = body_.size();
}

void Exchange::reset() {
  request_.reset();
  body_.reset();
  buffer_.reset();
  body_buffer_.reset();
  gather_.clear();
  remaining_.reset();
  may_keep_alive_ = true;
  keep_alive_ = started_ = head_sent_ = running_ = failed_ = done_ = cut_ = false;
  cancelled_.store(false, std::memory_order_relaxed);
  ended_.store(0, std::memory_order_relaxed);
  completed_in_answer_ = false;
  arrivals_ = 0;
  record_ = ExchangeRecord{};
  runner_ = pthread_t{};
  counted_ = timed_ = hung_ = false;
  claim_.store(Claim::Open, std::memory_order_relaxed);
  deadline_.store(0, std::memory_order_relaxed);
  overdue_.store(false, std::memory_order_relaxed);
  in_app_.store(false, std::memory_order_relaxed);
  slow_number_.store(0, std::memory_order_release);
  standard_deadline_ = {};
  next = nullptr;
}

void Exchange::run(int slot) noexcept {
  record_.slot = slot;
  record_.called_at = steady_now();
  if (context_->log.wants_timings()) {
    runner_ = ::pthread_self();
    cpu_begin_ = thread_cpu_time();
  }
  enter_roster();
  if (is_cancelled()) {
    cut();
  } else {
    context_->application.answer(*this);
  }
  if (context_->application.manner() == app::Application::Manner::Blocking && !done_) {
    abort({500, "the application gave no answer"});
  }
  context_->roster.leave(slot);
  completed_in_answer_ = (ended_.fetch_or(kReturned, std::memory_order_acq_rel) & kCompleted) != 0;
}

void Exchange::refuse(const http::Rejection& rejection) {
  record_.called_at = context_->loop.now();
  abort(rejection);
}

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
  return send_parts(parts, /*last=*/false);
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
    case Outbox::State::Blocked:
      context_->attention(*connection_);
      return;
    case Outbox::State::Failed:
      failed_ = true;
      return;
  }
}

void Exchange::finish(std::span<const std::string_view> last) {
  if (done_) return;
  if (!started_) return abort({500, "the application gave no answer"});
  if (is_cancelled()) return cut();
  std::uint64_t size = 0;
  for (const std::string_view part : last)
    size += part.size();
  const bool is_whole =
      !remaining_ || *remaining_ <= size || framing_kind_ != http::Framing::Length;
  const bool sent = send_parts(last, /*last=*/is_whole).has_value();
  if (failed_ || (sent && is_whole)) return complete();
  if (sent)
    log::warning("{} {}: the body is {} bytes shorter than its Content-Length; the answer is cut",
                 request_.method, request_.target, *remaining_);
  cut();
}

void Exchange::abort(http::Rejection rejection) {
  if (done_) return;
  if (head_sent_ || is_cancelled()) return cut();
  if (!claim()) {
    lose_claim();
    return complete();
  }
  record_.status = rejection.status;
  keep_alive_ = session_->outlives_rejection(stream_) && may_outlive();
  gather_.clear();
  session_->encode_rejection(stream_, rejection, current_date(), gather_.own());
  head_sent_ = started_ = true;
  record_.measure(session_->text_of(gather_.own()));
  write_short(gather_.own());
  complete();
}

int Exchange::descriptor() const {
  return connection_->socket();
}

void Exchange::disconnect() {
  if (done_) return;
  finish({});
  failed_ = true;
  // Other answers may be under way on the connection.
  if (session_->concurrent()) return;
  keep_alive_ = false;
  // Bytes that still wait are sent by the loop, which then closes the connection.
  if (outbox_->state() == Outbox::State::Clear) net::shutdown_write(connection_->socket());
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

/// The peer must see that the answer is not whole. Where its protocol has no word for that, the
/// connection ends in the middle of it.
void Exchange::cut() {
  if (record_.status == 0) record_.status = kClientClosedRequest;
  gather_.clear();
  if (!failed_ && session_->encode_abort(stream_, gather_.own())) {
    keep_alive_ = may_outlive();
    write_short(gather_.own());
    return complete();
  }
  keep_alive_ = false;
  cut_ = true;
  // nginx takes the end of a FastCGI connection that it does not keep for that of the answer.
  const bool end_looks_whole = framing_kind_ == http::Framing::UntilClose ||
                               (session_->concurrent() && !request_.keep_alive);
  if (head_sent_ && end_looks_whole) connection_->reset_at_end();
  complete();
}

nanoseconds* Exchange::lock_wait() {
  return context_->log.wants_timings() ? &record_.lock_wait : nullptr;
}

void Exchange::set_log_variable(std::string_view name, std::string_view value) {
  for (auto& [key, before] : record_.variables) {
    if (key == name) return void(before = value);
  }
  record_.variables.emplace_back(name, value);
}

std::optional<std::string_view> Exchange::log_variable(std::string_view name) const {
  for (const auto& [key, value] : record_.variables)
    if (key == name) return value;
  return std::nullopt;
}

void Exchange::complete_record() {
  record_.done_at = steady_now();
  record_.write_failed = failed_;
  // Whoever answers in the place of the application did not run it.
  const bool ran_here = runner_ != pthread_t{} && ::pthread_equal(runner_, ::pthread_self()) != 0;
  if (ran_here) record_.cpu = thread_cpu_time() - cpu_begin_;
}

void Exchange::complete() {
  done_ = true;
  if (failed_) keep_alive_ = false;
  complete_record();
  if (!counted_) account(record_);
  const std::uint8_t before = ended_.fetch_or(kCompleted, std::memory_order_acq_rel);
  if (before & kReturned) context_->completed_later(*this);
}

void Exchange::account(const ExchangeRecord& record) {
  // One writer a slot at a time would not do: several app threads finish requests.
  const std::uint64_t worker_requests =
      context_->slot.requests.fetch_add(1, std::memory_order_relaxed) + 1;
  const std::uint64_t total_requests =
      context_->totals.requests.fetch_add(1, std::memory_order_relaxed) + 1;
  if (context_->log.enabled() || record.log_in_any_case)
    context_->log.add_request({request_, record, worker_requests, total_requests});
}

}  // namespace penstock::server
