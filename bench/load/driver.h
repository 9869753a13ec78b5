// SPDX-License-Identifier: MIT
// The load: connections that ask again as soon as they are answered (closed loop), or requests that
// become due at a fixed rate whatever the server does (open loop). In the open loop a request's
// time runs from when it was due, so a server that stalls cannot hide those that had to wait.
#pragma once

#include <sys/epoll.h>

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "load/connection.h"
#include "load/cpu_clock.h"
#include "load/histogram.h"

namespace penstock::bench {

struct LoadOptions {
  std::size_t connections = 64;
  double rate = 0;  // requests a second; 0: closed loop
  std::chrono::duration<double> warm_up{0.5};
  std::chrono::duration<double> duration{2.0};
  std::uint64_t requests = 0;  // more than 0: ends after that many, without a warm-up
};

/// What was seen between the end of the warm-up and the end.
struct LoadResult {
  std::uint64_t answers = 0;
  std::uint64_t answers_with_warm_up = 0;
  std::chrono::nanoseconds elapsed{0};
  std::chrono::nanoseconds cpu{0};  // of the watched processes
  std::uint64_t body_bytes = 0;
  std::uint64_t other_status = 0;  // answers that were no 200
  std::uint64_t broken = 0;        // connections that ended within an answer, or cannot be made
  std::uint64_t dropped = 0;       // connections that ended unannounced, before the next request
  std::uint64_t opened = 0;        // connections in all
  std::uint64_t starved = 0;       // closed loop: connections without one answer
  std::uint64_t late = 0;          // open loop: due in time, not answered until the end
  Histogram latency;
};

class Driver final : public Connection::Owner {
 public:
  /// `plan` outlives it.
  static Result<std::unique_ptr<Driver>> create(const Plan& plan, const LoadOptions& options,
                                                CpuClock cpu);

  /// Fails if the server cannot be reached or breaks off all the time.
  Result<LoadResult> run();

 private:
  enum class Phase { WarmUp, Measure, Drain, Done };

  Driver(const Plan& plan, const LoadOptions& options, CpuClock cpu, Fd epoll);

  void answered(Connection& connection, int status, std::uint64_t body_bytes) override;
  void idle(Connection& connection) override;
  void ended(Connection& connection, bool broken) override;

  Result<> open_all();
  void turn();
  void advance_phase(SteadyTime now);
  void begin_measuring(SteadyTime now);
  void stop_measuring(SteadyTime now);
  void ask_due(SteadyTime now);
  SteadyTime due(std::uint64_t request) const;
  bool open_loop() const { return options_.rate > 0; }
  bool counts(SteadyTime begin) const;
  void finish();
  void count_late(SteadyTime now);

  const Plan& plan_;
  const LoadOptions options_;
  const CpuClock cpu_;
  Fd epoll_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::deque<Connection*> idle_;    // open loop
  std::vector<Connection*> ended_;  // to be retried
  std::uint64_t next_request_ = 0;  // open loop: the first that is not asked yet
  Phase phase_ = Phase::WarmUp;
  SteadyTime start_{};
  SteadyTime measure_from_{};
  SteadyTime measure_until_{};
  std::uint64_t ended_in_a_row_ = 0;
  LoadResult result_;
  std::vector<char> buffer_;
};

}  // namespace penstock::bench
