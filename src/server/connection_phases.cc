// SPDX-License-Identifier: MIT
// The phases of a connection: what it waits for, how long it may, and how it ends.
#include <sys/socket.h>

#include <algorithm>

#include "base/log.h"
#include "net/socket.h"
#include "server/connection.h"

namespace penstock::server {

/// Decides what to wait for now, and ends the connection where there is nothing to wait for.
void Connection::settle() {
  if (phase_ == Phase::Linger) return;
  if (failed_) {
    drop_receiving();
    if (running_ == 0) return destroy();
    input_ended_ = true;  // what runs is answered to nobody, and then it ends
    return enter(Phase::Answer);
  }
  const bool all_read = input_ended_ || (ending_ && may_rest());
  if (all_read && !active_ && !output_waits_) return end();

  const Phase phase = current_phase();
  const bool at_rest = phase == Phase::New || phase == Phase::Idle;
  if (at_rest && incoming_) context_.recycle(*std::exchange(incoming_, nullptr));
  const bool draining = context_.draining.load(std::memory_order_relaxed);
  if (at_rest && draining && context_.loop.now() >= context_.rest_until) return end();
  enter(phase);
  // A request that is answered at once needs no watching, and most are.
  if (phase == Phase::Answer && !session_->concurrent()) return;
  if (phase == Phase::Answer && watched_ == 0) return context_.watch_before_waiting(*this);
  watch();
}

/// No request has arrived in part.
bool Connection::may_rest() const {
  return session_->idle() && (!input_ || input_->unread().empty());
}

Connection::Phase Connection::current_phase() const {
  if (output_waits_) return Phase::Output;
  if (first_receiving()) return Phase::Body;
  if (running_ > 0 && (!session_->concurrent() || input_ended_ || may_rest())) return Phase::Answer;
  if (running_ > 0 || !may_rest()) return Phase::Head;
  return requests_ == 0 ? Phase::New : Phase::Idle;
}

void Connection::enter(Phase phase) {
  if (phase != phase_) {
    // A first request's head has the time that the connection has.
    const bool same_clock = phase_ == Phase::New && phase == Phase::Head;
    const SteadyTime now = context_.loop.now();
    // Nothing is read while an answer is not.
    if (phase_ == Phase::Output) receptions_.pause(now - progress_.begin);
    phase_ = phase;
    if (!same_clock) progress_ = Progress::from(now);
    if (phase == Phase::Output) output_before_ = outbox_.sent();
  }
  // An armed timer that is due too early finds out when it fires: no work at every request.
  const std::optional<SteadyTime> due = limit();
  if (due && (!armed() || deadline() > *due)) context_.loop.timers().arm(*this, *due);
}

std::optional<SteadyTime> Connection::limit() const {
  constexpr milliseconds kLinger = 5s;
  const config::LimitConfig& limits = context_.config.limits;
  const auto after = [&](milliseconds timeout) -> std::optional<SteadyTime> {
    if (timeout == 0ms) return std::nullopt;
    return progress_.begin + timeout;
  };
  switch (phase_) {
    case Phase::New:
      return at_rest_until(after(limits.header_timeout));
    case Phase::Head:
      if (receptions_.count() > 0) return receptions_.due(limits);
      return after(limits.header_timeout);
    case Phase::Idle:
      return at_rest_until(after(limits.keepalive_timeout));
    case Phase::Body:
      if (receptions_.count() > 0) return receptions_.due(limits);
      return progress_.due(limits.body_timeout, limits.minimum_rate);
    case Phase::Output:
      return progress_.due(limits.write_timeout, limits.minimum_rate);
    case Phase::Linger:
      return after(kLinger);
    case Phase::Answer:
      return std::nullopt;
  }
  return std::nullopt;
}

/// `due`, but no longer than a worker that ends lets connections rest.
std::optional<SteadyTime> Connection::at_rest_until(std::optional<SteadyTime> due) const {
  if (!context_.draining.load(std::memory_order_relaxed)) return due;
  return due ? std::min(*due, context_.rest_until) : context_.rest_until;
}

void Connection::on_timeout() {
  if (phase_ == Phase::Output) note_output(outbox_.flush());
  const std::optional<SteadyTime> due = limit();
  if (!due) return;
  if (context_.loop.now() < *due) return context_.loop.timers().arm(*this, *due);
  switch (phase_) {
    case Phase::Head:
    case Phase::Body:
      refuse_late_requests();
      return settle();
    case Phase::Output:
      log::info("{}: the answer is not read; the connection is closed",
                remote_address_.empty() ? port_.address.text() : remote_address_);
      failed_ = true;
      outbox_.fail();
      return settle();
    case Phase::New:
    case Phase::Idle:
    case Phase::Linger:
      return destroy();
    case Phase::Answer:
      return;
  }
}

/// One that is late ends alone where it shares the connection with others.
void Connection::refuse_late_requests() {
  const http::Rejection late{408, "the request did not arrive in time"};
  if (receptions_.count() == 0)
    return reject(first_receiving() ? first_receiving()->stream() : 0, late);
  while (const auto stream = receptions_.late(context_.config.limits, context_.loop.now())) {
    const bool shared = receptions_.count() > 1 || running_ > 0;
    reject(*stream, late, shared && session_->outlives_rejection(*stream));
  }
}

void Connection::watch() {
  if (watch_socket()) return;
  failed_ = true;
  outbox_.fail();
  settle();
}

/// Keeps the loop's interest as it must be. False: the socket cannot be watched.
bool Connection::watch_socket() {
  const std::uint32_t wanted =
      EPOLLIN | EPOLLRDHUP | EPOLLET | (output_waits_ ? std::uint32_t{EPOLLOUT} : 0U);
  if (wanted == watched_) return true;
  const auto done = watched_ == 0 ? context_.loop.watch(socket_.get(), wanted, *this)
                                  : context_.loop.change(socket_.get(), wanted, *this);
  if (!done) {
    log::error("a connection cannot be watched: {}", done.error().what);
    return false;
  }
  watched_ = wanted;
  return true;
}

void Connection::answered_early(Outbox::State state) {
  note_output(state);
  if (session_->concurrent()) return;
  input_ended_ = unread_input_ = true;
  if (state == Outbox::State::Clear) net::shutdown_write(socket_.get());
  settle();
}

void Connection::cut_early(http::Framing framing) {
  if (session_->concurrent()) return;  // other answers go on
  failed_ = true;
  outbox_.fail();
  if (framing == http::Framing::UntilClose) {
    // Whoever closes the socket in the end, be it the kernel: it is a reset.
    const ::linger now{1, 0};
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
  } else {
    net::shutdown_write(socket_.get());
  }
  settle();
}

/// All is said. Bytes that the peer has sent and nobody read would make the kernel reset the
/// connection and destroy the answer on its way: those are read first, within limits (S5).
void Connection::end() {
  if (reset_at_end_) {
    const ::linger now{1, 0};
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
    return destroy();
  }
  if (!unread_input_) return destroy();
  net::shutdown_write(socket_.get());
  input_.reset();
  readable_ = true;
  enter(Phase::Linger);
  linger();
}

void Connection::linger() {
  constexpr std::uint64_t kMost = 16 << 20;
  BufferRef scratch = context_.buffers.lend();
  const std::span<char> room = scratch->free_space();
  while (progress_.moved < kMost && !failed_) {
    const net::Transfer transfer = net::read_some(socket_.get(), room);
    if (transfer.again() && watch_socket()) return;
    if (!transfer.done()) break;
    progress_.moved += transfer.size;
  }
  destroy();
}

void Connection::destroy_now() {
  drop_receiving();
  destroy();
}

void Connection::destroy() {
  cancel();
  context_.closed(*this);
}

}  // namespace penstock::server
