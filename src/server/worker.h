// SPDX-License-Identifier: MIT
// A worker process's server: its loop, its threads, its connections. One a process.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "net/timers.h"
#include "server/acceptor.h"
#include "server/context.h"
#include "server/crew.h"
#include "server/exchange.h"
#include "server/request_log.h"
#include "server/roster.h"
#include "stats/recycle_reason.h"

namespace penstock::server {

/// Calls a function at a time of the loop.
class CallbackTimer final : public net::Timer {
 public:
  explicit CallbackTimer(std::function<void()> action) : action_(std::move(action)) {}

 private:
  void on_timeout() override { action_(); }
  std::function<void()> action_;
};

class Worker final : public Context, private LoopOwner {
 public:
  struct Identity {
    int number = 1;        // from 1 on
    std::size_t slot = 1;  // of the scoreboard
  };
  /// Everything given outlives the worker.
  static Result<std::unique_ptr<Worker>> create(const config::Config& config,
                                                app::Application& application,
                                                stats::Scoreboard& scoreboard, Identity identity);
  ~Worker();

  /// Takes connections from `listener`, which may be shared with other processes.
  Result<> listen(Fd listener, config::Protocol protocol);

  /// Serves with config.worker.threads app threads, until stop() and the last answer. The calling
  /// thread is one of them; `hooks` are called on the others.
  void run(ThreadHooks hooks);

  /// Takes no more connections, answers what is under way, then ends run(); after `grace` ends
  /// the process even so. Connections that rest have `moment` for one last request. On the loop's
  /// thread: from a Watcher or a Timer.
  void stop(milliseconds grace, milliseconds moment = milliseconds{0});

  /// `tell` is called on the loop's thread, once for a reason, when a successor should take over.
  void when_due_for_recycling(std::function<void(stats::RecycleReason)> tell) {
    tell_due_ = std::move(tell);
  }

  /// Leaves new connections waiting in the kernel, or takes them again; those that are open are
  /// served on. On the loop's thread.
  void pause(bool paused) { paused_ = paused; }

  // For acceptors.
  void accepted(Fd socket, const Port& port, const net::Address& peer);
  /// How many connections are open.
  std::size_t open() const { return open_; }
  /// Others listen to the same sockets.
  bool has_siblings() const { return config.worker.processes > 1; }
  bool is_full() const { return open_ >= static_cast<std::size_t>(config.worker.max_connections); }
  void cannot_accept(int error);

  // Context
  Exchange* new_exchange() override;
  void recycle(Exchange& exchange) override;
  void ready(Exchange& exchange) override;
  void closed(Connection& connection) override;
  void attention(Connection& connection) override;
  void flush_soon(Connection& connection) override;
  void watch_before_waiting(Connection& connection) override;
  void completed_later(Exchange& exchange) override;
  void count(const ExchangeRecord& record) override;
  void limited() override;

 private:
  struct Parts;  // what Context refers to, and so must exist before it
  Worker(std::unique_ptr<Parts> parts, const config::Config& config, app::Application& application,
         stats::Scoreboard& scoreboard, Identity identity);

  // LoopOwner
  Job* work(bool& idle) override;
  void wait() override;
  void rest() override { application.rest(); }
  void interrupt() override { loop.wake(); }
  void returned(Job& job) override;
  bool admit(Job& job, std::size_t waiting) override;
  bool finished() override;

  void report_stranger(const net::Address& peer);
  /// Any thread. `list` is one of those that the messages' mutex guards.
  template <class Item>
  void leave_for_loop(std::vector<Item*>& list, Item& item);
  void take_messages();
  void flush_held();
  void watch_connections();
  Exchange* pop_ready();
  Exchange* next_job();
  void update_accepting();
  bool others_have_room() const;
  void give_up();
  void count_request();

  // Time limits of requests.
  void plan_look();
  void look_at_limits();
  void look_whether_slow(Exchange& exchange, std::size_t core);
  void refuse_waiting(Exchange& exchange);
  void refuse(const std::vector<Job*>& waiting);
  void overdue(Exchange& exchange, std::size_t core);
  void hung(Exchange& exchange, std::size_t core);
  void leave_if_stuck();

  std::unique_ptr<Parts> parts_;
  stats::Scoreboard& scoreboard_;
  const Identity identity_;
  const std::uint64_t most_requests_;  // then it is due for recycling; 0: never
  bool told_requests_ = false;
  std::function<void(stats::RecycleReason)> tell_due_;
  std::vector<std::unique_ptr<Acceptor>> acceptors_;
  Crew* crew_ = nullptr;  // while run() runs

  Connection* connections_ = nullptr;  // all of them
  std::size_t open_ = 0;
  std::unordered_map<std::string, int> open_by_ip_;  // only where that is limited
  std::vector<Connection*> flushed_next_;            // when flush_ is due
  std::vector<Connection*> unwatched_;  // to be watched if they live until the loop waits
  Exchange* ready_first_ = nullptr;
  Exchange* ready_last_ = nullptr;
  std::vector<Exchange*> spare_;  // exchanges to be used again

  bool accepting_ = true;
  bool paused_ = false;
  bool out_of_descriptors_ = false;
  CallbackTimer retry_accept_;
  CallbackTimer grace_over_;
  CallbackTimer flush_;                      // of what outboxes hold
  CallbackTimer look_;                       // at the time limits of requests
  std::uint64_t slow_requests_ = 0;          // whose stacks were asked for
  std::atomic<bool> has_own_limits_{false};  // a request has a limit that is not config.time's
  bool told_harakiri_ = false;
  SteadyTime log_flushed_{};
  SteadyTime looked_{};
  SteadyTime refusals_reported_{};
  SteadyTime stranger_reported_{};
  std::uint64_t refusals_ = 0;

  std::mutex messages_mutex_;  // guards what other threads leave for the loop
  std::vector<Connection*> attention_;
  std::vector<Connection*> to_flush_;
  std::vector<Exchange*> completed_;
  std::atomic<bool> has_messages_{false};
};

}  // namespace penstock::server
