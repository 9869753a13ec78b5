// SPDX-License-Identifier: MIT
// A worker and the time limits of its requests: who is late is answered for, interrupted, and in
// the end the reason for a new worker. Also what is counted of each answer.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "base/log.h"
#include "base/text.h"
#include "server/connection.h"
#include "server/worker.h"

namespace penstock::server {
namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;

/// Only the loop's owner counts, so that no locked operation is needed.
void add(std::atomic<std::uint64_t>& counter, std::uint64_t more) {
  counter.store(counter.load(std::memory_order_relaxed) + more, std::memory_order_relaxed);
}

std::string read_text(const std::string& path) {
  const Fd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  char bytes[2048];
  const ssize_t size = file ? ::read(file.get(), bytes, sizeof bytes) : -1;
  return size > 0 ? std::string(bytes, static_cast<std::size_t>(size)) : std::string();
}

/// What the kernel tells of a thread of this process, as far as it may be read.
std::string kernel_report(pid_t thread) {
  std::string report;
  for (const std::string_view what : {"syscall", "wchan", "stack"}) {
    const std::string text = read_text(fmt::format("/proc/self/task/{}/{}", thread, what));
    for (const std::string_view line : text::split(text, '\n')) {
      if (!line.empty()) report += fmt::format("HARAKIRI: -- {}> {}\n", what, line);
    }
  }
  return report;
}

std::string escaped(std::string_view bytes) {
  std::string text;
  text::append_escaped(text, bytes);
  return text;
}

}  // namespace

void Worker::count(const ExchangeRecord& record) {
  const auto took = static_cast<std::uint64_t>(std::max<std::int64_t>(
      0, duration_cast<microseconds>(record.done_at - record.head_at).count()));
  const auto kind = static_cast<std::size_t>(record.status / 100);
  add(slot.by_class[kind < slot.by_class.size() ? kind : 0], 1);
  const auto bound =
      std::lower_bound(stats::kLatencyBounds.begin(), stats::kLatencyBounds.end(), took);
  add(slot.latency[static_cast<std::size_t>(bound - stats::kLatencyBounds.begin())], 1);
  add(slot.bytes_sent, record.header_bytes + record.body_bytes);
  add(slot.running_time, took);
  const std::uint64_t average = slot.average_time.load(std::memory_order_relaxed);
  slot.average_time.store((average + took) / 2, std::memory_order_relaxed);
}

void Worker::limited() {
  has_own_limits_.store(true, std::memory_order_relaxed);
  loop.wake();
}

/// Before the loop waits: when is a time limit to be looked at next? Requests may begin while it
/// waits, so the first limit that one of those could have counts as well.
void Worker::plan_look() {
  const config::TimeConfig& time = config.time;
  const bool limited = time.harakiri > 0ms || has_own_limits_.load(std::memory_order_relaxed);
  const milliseconds slow = config.log.slow_stack;
  const bool running_matters = limited || slow > 0ms;
  if ((!running_matters && time.queue == 0ms) || !crew_ || crew_->running() == 0) return;
  std::optional<SteadyTime> due;
  const auto consider = [&due](std::optional<SteadyTime> other) {
    if (other) due = due ? std::min(*due, *other) : *other;
  };
  if (time.harakiri > 0ms) consider(loop.now() + time.harakiri);
  if (slow > 0ms) consider(loop.now() + slow);
  for (std::size_t core = 0; running_matters && core < roster.size(); ++core) {
    const Exchange* const exchange = roster.running(core);
    if (!exchange) continue;
    if (limited) consider(exchange->due());
    if (slow > 0ms) consider(exchange->slow_due());
  }
  if (time.queue > 0ms) {
    if (const auto since = crew_->waiting_since()) consider(*since + time.queue);
  }
  if (due && (!look_.armed() || *due < look_.deadline())) loop.timers().arm(look_, *due);
}

void Worker::look_at_limits() {
  for (std::size_t core = 0; core < roster.size(); ++core) {
    Exchange* const exchange = roster.running(core);
    if (!exchange) continue;
    if (config.log.slow_stack > 0ms) look_whether_slow(*exchange, core);
    const auto due = exchange->due();
    if (!due || loop.now() < *due) continue;
    if (exchange->overdue()) {
      hung(*exchange, core);
    } else if (!exchange->is_in_app()) {
      refuse_waiting(*exchange);
    } else if (exchange->time_out({504, "the application did not answer in time"})) {
      overdue(*exchange, core);
    }
  }
  if (config.time.queue == 0ms) return;
  const std::vector<Job*> late = crew_->take_waiting(loop.now() - config.time.queue);
  if (late.empty()) return;
  add(slot.queue_timeouts, late.size());
  log::warning("worker {}: {} requests have waited longer than --queue-timeout: refused with 503",
               identity_.number, late.size());
  refuse(late);
}

/// The lines are uWSGI's, which tools look for; of its "status" only the request that is late.
void Worker::overdue(Exchange& exchange, std::size_t core) {
  add(slot.harakiris, 1);
  const http::Request& request = exchange.request();
  std::string report =
      fmt::format("*** HARAKIRI ON WORKER {} (pid: {}, try: 1, graceful: yes) ***\n",
                  identity_.number, ::getpid());
  if (config.time.harakiri_verbose) report += kernel_report(exchange.thread_number());
  report += fmt::format(
      "HARAKIRI !!! worker {0} status !!!\n"
      "HARAKIRI [core {1}] {2} - {3} {4} since {5}\n"
      "HARAKIRI !!! end of worker {0} status !!!\n"
      "HARAKIRI: {6}, and that is its limit",
      identity_.number, core, escaped(request.remote_address), escaped(request.method),
      escaped(request.target), exchange.began_at(), exchange.describe());
  log::info("{}", report);
  application.overdue({exchange.describe(), exchange.thread(), config.time.harakiri_raise});
}

/// Asks for the stack of a request that runs for longer than --log-slow-stack.
void Worker::look_whether_slow(Exchange& exchange, std::size_t core) {
  const auto due = exchange.slow_due();
  if (!due || loop.now() < *due) return;
  exchange.set_slow_number(++slow_requests_);
  app::Overdue request;
  request.what = fmt::format("worker {} (pid: {}), core {}: {}", identity_.number, ::getpid(), core,
                             exchange.describe());
  request.thread = exchange.thread();
  request.raise = false;
  request.slow = slow_requests_;
  application.overdue(request);
}

/// Neither the exception nor anything else has ended it: the worker has to go.
void Worker::hung(Exchange& exchange, std::size_t core) {
  exchange.give_up();
  log::info(
      "*** HARAKIRI ON WORKER {} (pid: {}, try: 2, graceful: no) ***\n"
      "HARAKIRI: {} on core {} and does not end; the worker is to be replaced",
      identity_.number, ::getpid(), exchange.describe(), core);
  if (std::exchange(told_harakiri_, true)) return;
  if (tell_due_) tell_due_(stats::RecycleReason::Harakiri);
}

/// Some other call keeps what it needs. It is not to blame, and may be sent again.
void Worker::refuse_waiting(Exchange& exchange) {
  if (!exchange.time_out({503, "the application is busy"})) return;
  add(slot.queue_timeouts, 1);
  log::warning("worker {}: {}, and all the time another request kept the GIL: refused with 503",
               identity_.number, exchange.describe());
}

void Worker::refuse(const std::vector<Job*>& waiting) {
  for (Job* const job : waiting) {
    auto& exchange = static_cast<Exchange&>(*job);
    exchange.refuse({503, "every app thread is busy"});
    count(*exchange.to_be_counted());
    exchange.connection().exchange_returned(exchange);
  }
}

/// While stopping: if nothing is left but requests that do not end, there is nothing to wait for;
/// if those hold all app threads, what waits for one waits in vain.
void Worker::leave_if_stuck() {
  std::size_t stuck = 0;
  for (std::size_t core = 0; core < roster.size(); ++core) {
    const Exchange* const exchange = roster.running(core);
    if (exchange && exchange->is_given_up()) ++stuck;
  }
  if (stuck == roster.size()) refuse(crew_->take_waiting(SteadyTime::max()));
  if (stuck > 0 && open_ <= stuck) give_up();
}

}  // namespace penstock::server
