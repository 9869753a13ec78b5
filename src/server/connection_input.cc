// SPDX-License-Identifier: MIT
// The input of a connection: read into buffers, understood by its session, kept by exchanges.
#include <algorithm>
#include <new>

#include "base/check.h"
#include "base/log.h"
#include "net/socket.h"
#include "server/connection.h"

namespace penstock::server {
namespace {

constexpr std::size_t kBodyBuffer = 64 * 1024;  // for bodies that do not fit into a usual buffer
constexpr std::size_t kLeastRoom = 2048;        // a read into less is not worth its system call

}  // namespace

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
  exchange.incoming_body().expect(request.content_length.value_or(0));
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
    const auto stored = body.append(event.data, context_.body_spooling);
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
  std::span<char> room;
  bool in_body = false;
  try {
    room = room_in_body();
    in_body = !room.empty();
    if (!in_body) {
      make_room();
      room = input_->free_space();
    }
  } catch (const std::bad_alloc&) {
    log::error("a connection is closed: there is no memory to read its request");
    failed_ = true;
    outbox_.fail();
    return false;
  }
  const net::Transfer transfer = net::read_some(socket_.get(), room);
  if (transfer.done()) {
    if (in_body)
      filled_body({room.data(), transfer.size});
    else
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

/// Memory of the body itself, where the bytes to come are its own and enough of it has come to
/// trust in the rest: they need no copy. Empty: they go through the input buffer.
std::span<char> Connection::room_in_body() {
  Exchange* const exchange = running_ == 0 ? active_ : nullptr;
  if (!exchange || exchange->body().size() < kBodyBuffer) return {};
  const std::uint64_t left = session_->plain_body();
  if (left == 0 || (input_ && !input_->unread().empty())) return {};
  if (!input_) input_ = context_.buffers.lend();  // for what follows the body
  const auto least = static_cast<std::size_t>(std::min<std::uint64_t>(left, kBodyBuffer));
  const std::span<char> room = exchange->incoming_body().room(least, context_.body_spooling);
  return room.first(static_cast<std::size_t>(std::min<std::uint64_t>(left, room.size())));
}

void Connection::filled_body(std::string_view bytes) {
  const proto::Event event = session_->next(bytes, incoming().incoming_request());
  CHECK(event.kind == proto::Event::Kind::Body && event.data.size() == bytes.size());
  active_->incoming_body().received(bytes.size());
  progress_.add(bytes.size(), context_.loop.now());
  if (session_->plain_body() == 0) take(session_->next({}, incoming().incoming_request()));
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

}  // namespace penstock::server
