// SPDX-License-Identifier: MIT
#include "server/exchange.h"

#include "base/log.h"
#include "net/socket.h"
#include "server/connection.h"
#include "server/date.h"
#include "server/request_log.h"
#include "server/roster.h"

namespace penstock::server {
namespace {

constexpr int kClientClosedRequest = 499;  // nginx's, so readers of logs know it

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
  sent_at_ = {};
  held_ = 0;
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
  // Where no protocol marks the end of an answer, nothing else has sent it.
  if (outbox_->state() == Outbox::State::Held) take(outbox_->flush());
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
