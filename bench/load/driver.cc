// SPDX-License-Identifier: MIT
#include "load/driver.h"

#include <algorithm>
#include <array>
#include <utility>

namespace penstock::bench {
namespace {

constexpr std::uint64_t kMostEnded = 5000;  // connections in a row without an answer
constexpr seconds kDrain{1};                // how long an open loop waits for what is late

nanoseconds rounded(std::chrono::duration<double> time) {
  return std::chrono::duration_cast<nanoseconds>(time);
}

}  // namespace

Result<std::unique_ptr<Driver>> Driver::create(const Plan& plan, const LoadOptions& options,
                                               CpuClock cpu) {
  Fd epoll(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll) return os_error("epoll_create1");
  return std::unique_ptr<Driver>(new Driver(plan, options, std::move(cpu), std::move(epoll)));
}

Driver::Driver(const Plan& plan, const LoadOptions& options, CpuClock cpu, Fd epoll)
    : plan_(plan),
      options_(options),
      cpu_(std::move(cpu)),
      epoll_(std::move(epoll)),
      buffer_(256 * 1024) {
  for (std::size_t i = 0; i < options.connections; ++i) {
    connections_.push_back(std::make_unique<Connection>(plan_, epoll_.get(), *this, i));
  }
}

Result<LoadResult> Driver::run() {
  TRY(open_all());
  start_ = steady_now();
  measure_from_ = start_ + rounded(options_.warm_up);
  measure_until_ = measure_from_ + rounded(options_.duration);
  if (options_.requests > 0) {
    measure_from_ = start_;
    measure_until_ = SteadyTime::max();
  }
  if (measure_from_ == start_) begin_measuring(start_);
  for (const auto& connection : connections_)
    idle(*connection);
  while (phase_ != Phase::Done) {
    turn();
    if (ended_in_a_row_ > kMostEnded)
      return fail("the server ends every connection without an answer");
  }
  finish();
  return result_;
}

Result<> Driver::open_all() {
  if (plan_.close) return {};
  for (const auto& connection : connections_) {
    if (!connection->open()) return os_error("connect");
  }
  return {};
}

void Driver::turn() {
  std::array<epoll_event, 128> events;
  // The load never sleeps. Waking it would cost the server's CPU time, most with the servers that
  // are slow enough to let it sleep; and waking up late would be counted as their latency.
  const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), 0);
  advance_phase(steady_now());
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    static_cast<Connection*>(event.data.ptr)->on_ready(event.events, buffer_);
  }
  for (Connection* const connection : std::exchange(ended_, {})) {
    if (connection->waits()) connection->retry();
  }
  if (open_loop()) ask_due(steady_now());
}

void Driver::advance_phase(SteadyTime now) {
  if (phase_ == Phase::WarmUp && now >= measure_from_) begin_measuring(now);
  if (phase_ == Phase::Measure && now >= measure_until_) stop_measuring(now);
  if (phase_ == Phase::Drain && now >= measure_until_ + kDrain) phase_ = Phase::Done;
}

void Driver::begin_measuring(SteadyTime now) {
  phase_ = Phase::Measure;
  measure_from_ = now;
  result_.cpu = -cpu_.now();
}

void Driver::stop_measuring(SteadyTime now) {
  result_.cpu += cpu_.now();
  result_.elapsed = now - measure_from_;
  measure_until_ = now;
  phase_ = open_loop() ? Phase::Drain : Phase::Done;
}

SteadyTime Driver::due(std::uint64_t request) const {
  return start_ +
         rounded(std::chrono::duration<double>(static_cast<double>(request) / options_.rate));
}

/// Hands what is due to connections that are idle, the longest idle first.
void Driver::ask_due(SteadyTime now) {
  const SteadyTime until = std::min(now, measure_until_);
  while (!idle_.empty()) {
    const SteadyTime begin = due(next_request_);
    if (begin > until) break;
    Connection* const connection = idle_.front();
    idle_.pop_front();
    ++next_request_;
    connection->ask(1, begin);
  }
  // All that was due is answered: nothing is late.
  if (phase_ == Phase::Drain && idle_.size() == connections_.size()) phase_ = Phase::Done;
}

/// Whether the latency of a request that began then is of interest.
bool Driver::counts(SteadyTime begin) const {
  if (!open_loop()) return phase_ == Phase::Measure;
  return phase_ != Phase::WarmUp && begin >= measure_from_;
}

void Driver::answered(Connection& connection, int status, std::uint64_t body_bytes) {
  ended_in_a_row_ = 0;
  ++result_.answers_with_warm_up;
  if (counts(connection.begin())) result_.latency.add(steady_now() - connection.begin());
  if (phase_ != Phase::Measure) return;
  ++result_.answers;
  ++connection.answers;
  result_.body_bytes += body_bytes;
  if (status != 200) ++result_.other_status;
  if (options_.requests > 0 && result_.answers == options_.requests) stop_measuring(steady_now());
}

void Driver::idle(Connection& connection) {
  if (open_loop()) {
    idle_.push_back(&connection);
  } else if (phase_ == Phase::WarmUp || phase_ == Phase::Measure) {
    connection.ask(plan_.pipeline, steady_now());
  }
}

void Driver::ended(Connection& connection, bool broken) {
  ended_.push_back(&connection);
  ++ended_in_a_row_;
  if (phase_ == Phase::Measure) ++(broken ? result_.broken : result_.dropped);
}

void Driver::finish() {
  for (const auto& connection : connections_) {
    result_.opened += connection->opened();
    if (!open_loop() && connection->answers == 0) ++result_.starved;
  }
  if (open_loop()) count_late(steady_now());
}

/// What never came counts in the percentiles with the time that it has lasted by now.
void Driver::count_late(SteadyTime now) {
  const auto add = [&](SteadyTime begin) {
    ++result_.late;
    result_.latency.add(now - begin);
  };
  for (const auto& connection : connections_) {
    if (connection->waits() && counts(connection->begin())) add(connection->begin());
  }
  for (std::uint64_t request = next_request_; due(request) <= measure_until_; ++request) {
    add(due(request));
  }
}

}  // namespace penstock::bench
