// SPDX-License-Identifier: MIT
// A worker as the owner of its loop: what is done next, what waiting brings with it, and when there
// is room for more.
#include <algorithm>

#include "base/log.h"
#include "base/memory_reserve.h"
#include "server/connection.h"
#include "server/worker.h"

namespace penstock::server {
namespace {

constexpr milliseconds kLogDelay{50};       // how long a line of the request log may be gathered
constexpr milliseconds kSaturatedLook{20};  // how often a full worker looks at the others
constexpr milliseconds kLook{1000};         // how often a worker looks for connections unasked

}  // namespace

Job* Worker::work(bool& idle) {
  if (has_messages_.load(std::memory_order_relaxed)) take_messages();
  if (Exchange* const exchange = next_job()) return exchange;
  if (!loop.dispatch_next()) idle = ready_first_ == nullptr;
  return next_job();
}

/// The next request for the app. Those about the server's health are answered here, so that they
/// need neither an app thread nor room in the queue.
Exchange* Worker::next_job() {
  for (;;) {
    Exchange* const exchange = pop_ready();
    if (!exchange || config.health.empty()) return exchange;
    const http::Request& request = exchange->request();
    const bool asks =
        request.path == config.health && (request.method == "GET" || request.head_request);
    if (!asks) return exchange;
    exchange->answer_health(!draining.load(std::memory_order_relaxed));
    exchange->connection().exchange_returned(*exchange);
  }
}

void Worker::wait() {
  update_accepting();
  if (told_harakiri_ && draining.load(std::memory_order_relaxed)) leave_if_stuck();
  watch_connections();
  plan_look();
  memory_reserve::renew();
  // Full, it looks whether others have room, also if it accepts because none had.
  milliseconds longest = slot.saturated.load(std::memory_order_relaxed) ? kSaturatedLook : kLook;
  if (accepting_ && loop.now() - looked_ >= kLook) {
    looked_ = loop.now();
    for (const auto& acceptor : acceptors_)
      acceptor->look();
    if (ready_first_) longest = milliseconds{0};  // whoever came with a request is not kept waiting
  }
  if (log.pending()) {
    if (loop.now() - log_flushed_ >= kLogDelay) {
      log.flush();
      log_flushed_ = loop.now();
    } else {
      longest = std::min(longest, kLogDelay);
    }
  }
  loop.collect(longest);
}

void Worker::watch_connections() {
  while (!unwatched_.empty()) {
    Connection& connection = *unwatched_.back();
    unwatched_.pop_back();
    connection.watch_asked = false;
    connection.watch();
  }
}

void Worker::returned(Job& job) {
  auto& exchange = static_cast<Exchange&>(job);
  if (!exchange.arrive()) return;
  if (const ExchangeRecord* const record = exchange.to_be_counted()) count(*record);
  exchange.connection().exchange_returned(exchange);
  if (most_requests_ != 0) count_request();
}

void Worker::count_request() {
  if (told_requests_ || slot.requests.load(std::memory_order_relaxed) < most_requests_) return;
  told_requests_ = true;
  if (tell_due_) tell_due_(stats::RecycleReason::MaxRequests);
}

bool Worker::admit(Job& job, std::size_t waiting) {
  if (waiting < static_cast<std::size_t>(config.worker.queue)) return true;
  auto& exchange = static_cast<Exchange&>(job);
  ++refusals_;
  if (loop.now() - refusals_reported_ >= 1s) {
    log::warning("worker {}: the queue is full ({} requests wait): {} requests refused with 503",
                 identity_.number, waiting, refusals_);
    refusals_reported_ = loop.now();
    refusals_ = 0;
  }
  exchange.refuse({503, "every app thread is busy and the queue is full"});
  count(*exchange.to_be_counted());
  exchange.connection().exchange_returned(exchange);
  return false;
}

bool Worker::finished() {
  return draining.load(std::memory_order_relaxed) && connections_ == nullptr;
}

/// A worker whose app threads are all busy leaves new connections to workers that have room.
/// Where none has, all accept: the peers are read, timed out and refused as they should be.
void Worker::update_accepting() {
  const bool saturated = crew_ && crew_->running() >= crew_->slots();
  slot.saturated.store(saturated, std::memory_order_relaxed);
  if (crew_) {
    slot.running.store(static_cast<std::uint32_t>(crew_->running()), std::memory_order_relaxed);
    slot.waiting.store(static_cast<std::uint32_t>(crew_->waiting()), std::memory_order_relaxed);
  }
  const bool wanted = !draining.load(std::memory_order_relaxed) && !paused_ && !is_full() &&
                      !out_of_descriptors_ && !(saturated && others_have_room());
  if (wanted == accepting_) return;
  accepting_ = wanted;
  for (const auto& acceptor : acceptors_) {
    if (!wanted) {
      acceptor->pause(paused_ ? Acceptor::LastOnes::Leave : Acceptor::LastOnes::Accept);
    } else if (const auto resumed = acceptor->resume(); !resumed) {
      log::error("cannot accept connections: {}", resumed.error().what);
    }
  }
}

bool Worker::others_have_room() const {
  std::size_t ready = 1;
  for (std::size_t number = 1; number <= scoreboard_.size(); ++number) {
    if (number == identity_.slot) continue;
    const stats::WorkerSlot& other = scoreboard_.worker(number);
    if (other.state.load(std::memory_order_relaxed) != stats::WorkerState::Ready) continue;
    if (!other.saturated.load(std::memory_order_relaxed)) return true;
    ++ready;
  }
  // With --cheaper the master starts another one now: what came waits for that.
  return config.elastic.minimum > 0 && ready < static_cast<std::size_t>(config.worker.processes);
}

}  // namespace penstock::server
