// SPDX-License-Identifier: MIT
// What connections and exchanges share within one worker process.
#pragma once

#include <atomic>

#include "app/exchange.h"
#include "config/config.h"
#include "http/body.h"
#include "net/loop.h"
#include "proto/session.h"
#include "server/input_buffer.h"
#include "server/outbox.h"
#include "stats/scoreboard.h"

namespace penstock::server {

class Connection;
class Exchange;
struct ExchangeRecord;
class RequestLog;
class Roster;

/// The worker as its connections see it. Everything named outlives them. Unless said otherwise
/// members are for the loop's owner only.
class Context {
 public:
  net::Loop& loop;
  BufferPool& buffers;
  app::Application& application;
  RequestLog& log;               // any thread
  Roster& roster;                // any thread
  stats::WorkerSlot& slot;       // any thread
  stats::Totals& totals;         // any thread
  const config::Config& config;  // any thread
  const proto::Limits protocol_limits;
  const OutboxLimits outbox_limits;
  http::BodyBudget body_budget;
  const http::Body::Spooling body_spooling;
  std::atomic<bool> draining{false};  // any thread: every answer is its connection's last
  SteadyTime rest_until{};            // while draining: connections that rest are closed then

  /// A clean exchange from the pool, and back into it.
  virtual Exchange* new_exchange() = 0;
  virtual void recycle(Exchange& exchange) = 0;

  /// The request is complete: run it.
  virtual void ready(Exchange& exchange) = 0;

  /// The connection is finished; it is destroyed before this returns.
  virtual void closed(Connection& connection) = 0;

  /// Any thread: bytes of this connection wait for its socket; the loop has to look after it.
  virtual void attention(Connection& connection) = 0;

  /// Any thread: its outbox holds bytes: the loop is to flush it in a moment.
  virtual void flush_soon(Connection& connection) = 0;

  /// Unless it is closed before the loop waits again: calls its watch() then.
  virtual void watch_before_waiting(Connection& connection) = 0;

  /// Any thread: an exchange whose answer() had returned before its answer was complete has now
  /// completed it.
  virtual void completed_later(Exchange& exchange) = 0;

  /// An answer is complete: the scoreboard is to know.
  virtual void count(const ExchangeRecord& record) = 0;

  /// Any thread: a running exchange has a time limit that the loop does not know of.
  virtual void limited() = 0;

 protected:
  Context(net::Loop& loop_, BufferPool& buffers_, app::Application& application_, RequestLog& log_,
          Roster& roster_, stats::WorkerSlot& slot_, stats::Totals& totals_,
          const config::Config& config_);
  ~Context() = default;
};

}  // namespace penstock::server
