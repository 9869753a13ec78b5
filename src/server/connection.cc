// SPDX-License-Identifier: MIT
#include "server/connection.h"

#include <algorithm>
#include <new>

#include "base/log.h"
#include "net/socket.h"
#include "server/date.h"

namespace penstock::server {
namespace {

constexpr std::size_t kBodyBuffer = 64 * 1024;  // for bodies that do not fit into a usual buffer
constexpr std::size_t kLeastRoom = 2048;        // a read into less is not worth its system call

}  // namespace

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

/// Whether the input is to be read and understood now.
bool Connection::may_parse() const {
  if (input_ended_ || failed_) return false;
  // Whoever does not read answers gets no further ones.
  return !output_waits_ && (running_ == 0 || session_->concurrent());
}

void Connection::parse() {
  // Once there are bytes, the session is asked until it wants more: the end of a request has none
  // of its own.
  const bool has_bytes = input_ && !input_->unread().empty();
  while (has_bytes && may_parse()) {
    const proto::Event event = session_->next(input_->unread(), incoming().incoming_request());
    if (event.kind == proto::Event::Kind::NeedInput) {
      input_->consume(event.consumed);
      break;
    }
    take(event);
  }
}

Exchange& Connection::incoming() {
  if (!incoming_) {
    incoming_ = context_.new_exchange();
    incoming_->attach(*this, *session_, outbox_, context_);
  }
  return *incoming_;
}

void Connection::take(const proto::Event& event) {
  using Kind = proto::Event::Kind;
  switch (event.kind) {
    case Kind::NeedInput:
      return;
    case Kind::Begin:
      input_->consume(event.consumed);
      return receptions_.begin(event.stream, context_.loop.now());
    case Kind::Head:
      return take_head(event);
    case Kind::Body:
      return take_body(event);
    case Kind::End:
      return take_end(event);
    case Kind::Reject:
      input_->consume(event.consumed);
      return reject(event.stream, event.rejection, event.goes_on);
    case Kind::Reply:
      input_->consume(event.consumed);
      receptions_.end(event.stream);
      input_ended_ = !event.goes_on;
      return send(event.data);
    case Kind::Cancel:
      input_->consume(event.consumed);
      receptions_.end(event.stream);
      return cancel_request(event.stream);
    case Kind::Close:
      input_->consume(event.consumed);
      input_ended_ = true;
      return;
  }
}

void Connection::take_head(const proto::Event& event) {
  input_->consume(event.consumed);
  input_->pin();
  Exchange& exchange = incoming();
  incoming_ = nullptr;
  exchange.received_head(event.stream, input_);
  receptions_.got_head(event.stream, context_.loop.now());
  exchange.next = active_;
  active_ = &exchange;

  ++requests_;
  const std::uint64_t most = context_.config.limits.keepalive_requests;
  if (most != 0 && requests_ >= most) exchange.set_last_of_connection();

  const http::Request& request = exchange.request();
  const bool has_body = request.chunked || request.content_length.value_or(0) > 0;
  if (!has_body) return;
  enter(Phase::Body);
  if (request.expect_continue && input_->unread().empty()) {
    std::string interim;
    session_->encode_continue(event.stream, interim);
    send(interim);
  }
}

/// One that runs learns it from its next attempt to send, and ends its answer itself.
void Connection::cancel_request(std::uint32_t stream) {
  if (Exchange* const exchange = find_receiving(stream)) {
    remove(*exchange);
    context_.recycle(*exchange);
    std::string end;
    if (session_->encode_abort(stream, end)) return send(end);
    input_ended_ = true;
    return;
  }
  for (Exchange* exchange = active_; exchange; exchange = exchange->next)
    if (exchange->stream() == stream) exchange->cancel();
}

void Connection::take_body(const proto::Event& event) {
  Exchange* const exchange = find_receiving(event.stream);
  if (exchange) {
    http::Body& body = exchange->incoming_body();
    if (body.size() == 0 && exchange->request().content_length == event.data.size()) {
      // The whole body is here already: it stays where it is.
      body.borrow(event.data);
      exchange->keep_body_in(input_);
      input_->consume(event.consumed);
      input_->pin();
      return;
    }
    const config::LimitConfig& limits = context_.config.limits;
    const auto stored = body.append(event.data, {limits.body_memory, limits.spool_directory});
    if (!stored) {
      log::error("a request body cannot be stored: {}", stored.error().what);
      input_->consume(event.consumed);
      return reject(event.stream, {500, "the body could not be stored"},
                    session_->outlives_rejection(event.stream));
    }
  }
  progress_.add(event.data.size(), context_.loop.now());
  receptions_.got_body(event.stream, event.data.size(), context_.loop.now());
  input_->consume(event.consumed);
}

void Connection::take_end(const proto::Event& event) {
  input_->consume(event.consumed);
  receptions_.end(event.stream);
  Exchange* const exchange = find_receiving(event.stream);
  if (!exchange) return;
  ++running_;
  exchange->begin_running();
  context_.ready(*exchange);
}

/// Reads once. False: nothing more is there now.
bool Connection::fill() {
  try {
    make_room();
  } catch (const std::bad_alloc&) {
    log::error("a connection is closed: there is no memory to read its request");
    failed_ = true;
    outbox_.fail();
    return false;
  }
  const std::span<char> room = input_->free_space();
  const net::Transfer transfer = net::read_some(socket_.get(), room);
  if (transfer.done()) {
    input_->filled(transfer.size);
    // A short read has emptied the socket; the next bytes bring a new event.
    if (transfer.size < room.size() && !hung_up_) readable_ = false;
    return true;
  }
  readable_ = false;
  if (transfer.again()) return false;
  if (transfer.status == net::Transfer::Status::Failed) {
    failed_ = true;
    outbox_.fail();
    return false;
  }
  const proto::Event event = session_->end_of_input(input_->unread());
  input_ended_ = true;
  if (event.kind == proto::Event::Kind::Reject) reject(event.stream, event.rejection);
  return false;
}

/// Leaves an input buffer with room for a worthwhile read.
void Connection::make_room() {
  const bool large_body = active_ && running_ == 0 &&
                          active_->request().content_length.value_or(0) > BufferPool::kUsual;
  const std::size_t usual = large_body ? kBodyBuffer : BufferPool::kUsual;
  if (!input_ || (input_->unread().empty() && input_->capacity() < usual)) {
    input_ = context_.buffers.lend(usual);
  }
  if (input_->unread().empty() || input_->free_space().size() < kLeastRoom) input_->compact();
  if (input_->free_space().size() >= kLeastRoom) return;
  const std::string_view unread = input_->unread();
  BufferRef larger = context_.buffers.lend(std::max(unread.size() * 2, usual));
  std::copy(unread.begin(), unread.end(), larger->free_space().begin());
  larger->filled(unread.size());
  input_ = std::move(larger);
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
  attention_asked.store(false);
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
