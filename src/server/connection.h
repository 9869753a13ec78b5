// SPDX-License-Identifier: MIT
// One accepted connection: reads, feeds its protocol's session, hands complete requests to the
// worker, and keeps the time limits. Answers go out through its outbox.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "net/address.h"
#include "net/loop.h"
#include "net/timers.h"
#include "proto/session.h"
#include "server/context.h"
#include "server/exchange.h"
#include "server/input_buffer.h"
#include "server/outbox.h"
#include "server/port.h"
#include "server/progress.h"

namespace penstock::server {

/// Lives on the loop. While one of its exchanges runs, other threads touch only that exchange and
/// the outbox; the connection is not destroyed before all its exchanges are back.
class Connection final : public net::Watcher, public net::Timer {
 public:
  Connection(Fd socket, const Port& port, const net::Address& peer, Context& context);
  ~Connection();

  /// Reads what is there already. May destroy the connection, as may most calls below.
  void begin();

  /// One of its exchanges has been answered.
  void exchange_returned(Exchange& exchange);

  /// The server has answered for an exchange that still runs: the peer is not to wait for its end.
  void answered_early(Outbox::State state);
  /// The answer of an exchange that still runs is not going on: the peer is to see that at once,
  /// where `framing` lets it see that bytes are missing.
  void cut_early(http::Framing framing);

  /// Sends on what waits in the outbox, and goes on where that was waited for.
  void look_after_output();

  /// The loop is to report what comes, or the connection fails.
  void watch();

  /// The worker stops: ends now if nothing is under way.
  void drain();

  /// Ends now, whatever is under way; not while an exchange runs.
  void destroy_now();

  /// Any thread that runs one of its exchanges: the connection is to end by a reset, since
  /// nothing else tells the peer that bytes are missing.
  void reset_at_end() { reset_at_end_ = true; }

  /// Any thread that runs one of its exchanges.
  int socket() const { return socket_.get(); }

  const std::string& remote_address() const { return remote_address_; }

  // The worker's list of connections.
  Connection* next = nullptr;
  Connection* previous = nullptr;
  std::atomic<bool> attention_asked{false};
  std::atomic<bool> flush_asked{false};
  bool watch_asked = false;

  // net::Watcher, net::Timer
  void on_ready(std::uint32_t events) override;
  void on_timeout() override;

 private:
  // What the connection waits for, and so which limit applies.
  enum class Phase : std::uint8_t { New, Idle, Head, Body, Answer, Output, Linger };

  void advance();
  void parse();
  void take(const proto::Event& event);
  void take_head(const proto::Event& event);
  void take_body(const proto::Event& event);
  void take_end(const proto::Event& event);
  bool fill();
  void make_room();
  std::span<char> room_in_body();
  void filled_body(std::string_view bytes);
  bool may_parse() const;
  Exchange& incoming();
  Exchange* find_receiving(std::uint32_t stream) const;
  Exchange* first_receiving() const;
  void remove(Exchange& exchange);
  void drop_receiving();
  void cancel_request(std::uint32_t stream);
  void reject(std::uint32_t stream, const http::Rejection& rejection, bool goes_on = false);
  void refuse_late_requests();
  void send(std::string_view bytes);
  void note_output(Outbox::State state);

  // These may destroy the connection: nothing of it is touched after them.
  void settle();
  void end();
  void linger();
  void destroy();

  bool may_rest() const;
  Phase current_phase() const;
  void enter(Phase phase);
  std::optional<SteadyTime> limit() const;
  std::optional<SteadyTime> at_rest_until(std::optional<SteadyTime> due) const;
  bool watch_socket();

  Context& context_;
  const Port& port_;
  Fd socket_;
  std::string remote_address_;
  std::string remote_port_;
  Outbox outbox_;
  BufferRef input_;
  Exchange* incoming_ = nullptr;  // for the next head
  Exchange* active_ = nullptr;    // those with a head, until they are answered
  int running_ = 0;               // of them given to the worker
  std::unique_ptr<proto::Session> session_;

  Progress progress_;                // in this phase
  Receptions receptions_;            // where the session is concurrent()
  std::uint64_t output_before_ = 0;  // bytes sent before this phase
  std::uint64_t requests_ = 0;
  std::uint32_t watched_ = 0;  // the events that the loop reports; 0: none yet
  Phase phase_ = Phase::New;
  bool readable_ = true;       // the socket may have bytes
  bool hung_up_ = false;       // the peer's end was reported: a short read is not the last
  bool input_ended_ = false;   // nothing more is read
  bool ending_ = false;        // no request is waited for; those that have begun are received
  bool unread_input_ = false;  // the peer may still send what nobody reads
  bool output_waits_ = false;  // the outbox is blocked
  bool failed_ = false;        // the peer is gone
  std::atomic<bool> reset_at_end_{false};
};

}  // namespace penstock::server
