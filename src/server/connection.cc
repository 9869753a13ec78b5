// SPDX-License-Identifier: MIT
#include "server/connection.h"

#include "base/log.h"
#include "server/date.h"

namespace penstock::server {

Connection::Connection(Fd socket, const Port& port, const net::Address& peer, Context& context)
    : context_(context),
      port_(port),
      socket_(std::move(socket)),
      remote_address_(peer.host()),
      remote_port_(peer.is_unix() ? std::string() : std::to_string(peer.port())),
      outbox_(socket_.get(), context.outbox_limits),
      session_(port.new_session({remote_address_, remote_port_, port.server_name, port.server_port},
                                context.protocol_limits)),
      progress_(Progress::from(context.loop.now())) {}

Connection::~Connection() {
  if (watched_ != 0) context_.loop.forget(socket_.get(), *this);
  drop_receiving();
  if (incoming_) context_.recycle(*incoming_);
}

void Connection::begin() {
  advance();
}

void Connection::on_ready(std::uint32_t events) {
  if (events & (EPOLLERR | EPOLLHUP)) {
    failed_ = true;
    outbox_.fail();
  }
  if (events & EPOLLRDHUP) hung_up_ = true;
  if (events & (EPOLLIN | EPOLLRDHUP | EPOLLERR | EPOLLHUP)) readable_ = true;
  if (phase_ == Phase::Linger) return linger();
  if ((events & EPOLLOUT) && output_waits_) note_output(outbox_.flush());
  advance();
}

/// Goes on with whatever can be done now.
void Connection::advance() {
  for (;;) {
    parse();
    if (failed_ || !readable_ || !may_parse() || !fill()) break;
  }
  // A connection that waits for bytes holds no buffer for them.
  if (input_ && input_->unread().empty() && !input_.shared()) input_.reset();
  settle();
}

Exchange* Connection::find_receiving(std::uint32_t stream) const {
  for (Exchange* exchange = active_; exchange; exchange = exchange->next) {
    if (exchange->stream() == stream && !exchange->is_running()) return exchange;
  }
  return nullptr;
}

Exchange* Connection::first_receiving() const {
  for (Exchange* exchange = active_; exchange; exchange = exchange->next)
    if (!exchange->is_running()) return exchange;
  return nullptr;
}

void Connection::remove(Exchange& exchange) {
  Exchange** link = &active_;
  while (*link != &exchange)
    link = &(*link)->next;
  *link = exchange.next;
  exchange.next = nullptr;
}

void Connection::drop_receiving() {
  receptions_.clear();
  Exchange** link = &active_;
  while (*link) {
    Exchange& exchange = **link;
    if (exchange.is_running()) {
      link = &exchange.next;
    } else {
      *link = exchange.next;
      context_.recycle(exchange);
    }
  }
}

/// Answers for the server itself; the connection ends after that, or only this request.
void Connection::reject(std::uint32_t stream, const http::Rejection& rejection, bool goes_on) {
  log::warning("{} request from {} refused with {}: {}", protocol_name(port_.protocol),
               remote_address_.empty() ? port_.address.text() : remote_address_, rejection.status,
               rejection.reason);
  if (!goes_on) {
    drop_receiving();
  } else if (Exchange* const exchange = find_receiving(stream)) {
    remove(*exchange);
    context_.recycle(*exchange);
  }
  receptions_.end(stream);
  std::string answer;
  session_->encode_rejection(stream, rejection, current_date(), answer);
  send(answer);
  if (goes_on) return;
  input_ended_ = true;
  unread_input_ = true;
}

void Connection::send(std::string_view bytes) {
  iovec part{const_cast<char*>(bytes.data()), bytes.size()};
  note_output(outbox_.write({&part, 1}, Outbox::Wait::Never));
}

void Connection::note_output(Outbox::State state) {
  failed_ = failed_ || state == Outbox::State::Failed;
  output_waits_ = state == Outbox::State::Blocked;
  if (phase_ != Phase::Output) return;
  const std::uint64_t moved = outbox_.sent() - output_before_;
  if (moved > progress_.moved) progress_.add(moved - progress_.moved, context_.loop.now());
}

void Connection::look_after_output() {
  note_output(outbox_.flush());
  advance();
}

void Connection::exchange_returned(Exchange& exchange) {
  --running_;
  const bool keep_alive = exchange.keep_alive();
  const bool was_cut = exchange.was_cut();
  remove(exchange);
  context_.recycle(exchange);
  if (input_ && !input_.shared()) input_->unpin();
  if (!keep_alive && session_->concurrent() && !was_cut) {
    ending_ = true;
  } else if (!keep_alive) {
    unread_input_ = unread_input_ || readable_ || (input_ && !input_->unread().empty());
    input_ended_ = true;
    drop_receiving();
  }
  note_output(outbox_.state());
  advance();
}

void Connection::drain() {
  if (phase_ == Phase::Linger) return destroy();
  // A request may have come in this very moment: it is still answered.
  readable_ = true;
  advance();
}

}  // namespace penstock::server
