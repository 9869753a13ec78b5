// SPDX-License-Identifier: MIT
// The time limit of an exchange: an application that is late is answered for, and what it sends
// afterwards is dropped.
#include <fmt/format.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

#include "base/check.h"
#include "base/text.h"
#include "server/connection.h"
#include "server/date.h"
#include "server/exchange.h"
#include "server/request_log.h"
#include "server/roster.h"

namespace penstock::server {
namespace {

pid_t number_of_this_thread() {
  thread_local const auto number = static_cast<pid_t>(::syscall(SYS_gettid));
  return number;
}

}  // namespace

ExchangeRecord ExchangeRecord::at_call() const {
  ExchangeRecord record;
  record.wall_micros = wall_micros;
  record.head_at = head_at;
  record.ready_at = ready_at;
  record.called_at = called_at;
  record.received_bytes = received_bytes;
  record.slot = slot;
  return record;
}

void ExchangeRecord::measure(std::string_view answer) {
  const std::size_t found = answer.find("\r\n\r\n");
  const std::string_view head =
      answer.substr(0, found == std::string_view::npos ? found : found + 4);
  header_bytes = static_cast<std::uint32_t>(head.size());
  header_count = header_lines(head);
  body_bytes = answer.size() - head.size();
}

std::uint32_t ExchangeRecord::header_lines(std::string_view head) {
  std::uint32_t lines = 0;  // by find(), which looks at many bytes at once
  for (std::size_t at = head.find('\n'); at != head.npos; at = head.find('\n', at + 1))
    ++lines;
  return lines > 2 ? lines - 2 : 0;
}

/// The application is about to be called, on this thread.
void Exchange::enter_roster() {
  const milliseconds limit = context_->config.time.harakiri;
  if (context_->config.log.slow_stack > 0ms) identify_thread();
  if (limit > 0ms && context_->application.manner() == app::Application::Manner::Blocking) {
    standard_deadline_ = record_.called_at + limit;
    deadline_.store(standard_deadline_.time_since_epoch().count(), std::memory_order_relaxed);
    timed_ = true;
    identify_thread();
  }
  context_->roster.enter(record_.slot, *this, record_.called_at, standard_deadline_);
}

void Exchange::identify_thread() {
  thread_ = ::pthread_self();
  thread_number_ = number_of_this_thread();
}

void Exchange::called() {
  if (!timed_) return;
  standard_deadline_ = steady_now() + context_->config.time.harakiri;
  deadline_.store(standard_deadline_.time_since_epoch().count(), std::memory_order_relaxed);
  context_->roster.set_deadline(record_.slot, standard_deadline_);
  in_app_.store(true, std::memory_order_release);
}

void Exchange::limit_time(milliseconds limit) {
  if (!timed_) {
    identify_thread();
    in_app_.store(true, std::memory_order_relaxed);
    if (head_sent_) claim_.store(Claim::Application, std::memory_order_relaxed);
    timed_ = true;
  }
  SteadyTime deadline = standard_deadline_;
  if (limit > 0ms) {
    deadline = steady_now() + limit;
    if (standard_deadline_ != SteadyTime{}) deadline = std::min(deadline, standard_deadline_);
  }
  deadline_.store(deadline.time_since_epoch().count(), std::memory_order_release);
  context_->roster.set_deadline(record_.slot, deadline);
  context_->limited();
}

/// Before the first byte of the answer. False: the server has answered already.
bool Exchange::claim() {
  if (!timed_) return true;
  Claim expected = Claim::Open;
  return claim_.compare_exchange_strong(expected, Claim::Application) ||
         expected == Claim::Application;
}

std::optional<SteadyTime> Exchange::due() const {
  const SteadyTime deadline{nanoseconds(deadline_.load(std::memory_order_acquire))};
  if (deadline == SteadyTime{} || is_given_up()) return std::nullopt;
  return overdue() ? deadline + context_->config.time.harakiri_grace : deadline;
}

std::optional<SteadyTime> Exchange::slow_due() const {
  if (slow_number() != 0) return std::nullopt;
  return record_.called_at + context_->config.log.slow_stack;
}

bool Exchange::time_out(const http::Rejection& rejection) {
  Claim expected = Claim::Open;
  const bool unanswered = claim_.compare_exchange_strong(expected, Claim::Server);
  if (expected == Claim::Informing) return false;
  overdue_.store(true, std::memory_order_release);
  if (unanswered) {
    answer_late(rejection);
  } else if ((ended_.load(std::memory_order_acquire) & kCompleted) == 0) {
    cancel();
    connection_->cut_early(framing_kind_);
  }
  return true;
}

/// The answer of the loop. Everything of the application's own stays untouched: it may be writing.
void Exchange::answer_late(const http::Rejection& rejection) {
  late_keep_alive_ = session_->outlives_rejection(stream_) && may_outlive();
  std::string answer;
  session_->encode_rejection(stream_, rejection, current_date(), answer);
  iovec part{answer.data(), answer.size()};
  const Outbox::State state = outbox_->write({&part, 1}, Outbox::Wait::Never);
  ExchangeRecord record = record_.at_call();
  record.status = rejection.status;
  record.done_at = context_->loop.now();
  record.measure(session_->text_of(answer));
  account(record);
  context_->count(record);
  connection_->answered_early(state);
}

void Exchange::answer_health(bool healthy) {
  counted_ = true;
  record_.called_at = context_->loop.now();
  if (!healthy) return abort({503, "the server is stopping"});
  http::ResponseHead head;
  head.status_line = "200 OK";
  head.fields.push_back({"Content-Type", "text/plain", http::identify_field("Content-Type")});
  head.fields.push_back({"Cache-Control", "no-store", http::identify_field("Cache-Control")});
  CHECK(http::check_response_head(head));
  constexpr std::string_view kBody = "ok\n";
  start(head, kBody.size());
  finish({&kBody, 1});
}

std::string Exchange::describe() const {
  const nanoseconds age = context_->loop.now() - record_.called_at;
  std::string text;
  text::append_escaped(text, request_.method);
  text += ' ';
  text::append_escaped(text, request_.target);
  text += " from ";
  text::append_escaped(text,
                       request_.remote_address.empty() ? "a UNIX socket" : request_.remote_address);
  text += fmt::format(" has run for {:.1f} seconds", std::chrono::duration<double>(age).count());
  return text;
}

}  // namespace penstock::server
