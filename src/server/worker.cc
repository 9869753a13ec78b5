// SPDX-License-Identifier: MIT
#include "server/worker.h"

#include <unistd.h>

#include <algorithm>
#include <limits>

#include "base/log.h"
#include "server/connection.h"

namespace penstock::server {
namespace {

constexpr std::size_t kSpareExchanges = 256;
constexpr milliseconds kHeldFor{1};  // bytes in an outbox that more might follow

/// What all workers together take, for peers that ask.
proto::fastcgi::Capacity capacity_of(const config::WorkerConfig& worker) {
  const auto product = [&](int each) {
    const auto most = std::int64_t{each} * worker.processes;
    return static_cast<unsigned>(std::min<std::int64_t>(most, std::numeric_limits<int>::max()));
  };
  return {.connections = product(worker.max_connections),
          .requests = product(worker.threads + worker.queue)};
}

/// SERVER_NAME and SERVER_PORT where a request names no host.
Port describe_port(config::Protocol protocol, const net::Address& address,
                   const config::Config& config) {
  Port port;
  port.protocol = protocol;
  port.address = address;
  port.server_name = address.is_unix() ? "localhost" : address.host();
  port.server_port = address.is_unix() ? "80" : std::to_string(address.port());
  port.capacity = capacity_of(config.worker);
  using config::Protocol;
  if (protocol == Protocol::FastCgi || protocol == Protocol::FastCgiNph)
    port.peers = config.socket.fastcgi_peers;
  if (protocol == Protocol::Scgi || protocol == Protocol::ScgiNph)
    port.peers = config.socket.scgi_peers;
  return port;
}

std::uint64_t most_requests_of(const config::RecycleConfig& recycle, int number) {
  if (recycle.max_requests == 0) return 0;
  return recycle.max_requests + static_cast<std::uint64_t>(number - 1) * recycle.max_requests_delta;
}

}  // namespace

struct Worker::Parts {
  Parts(std::unique_ptr<net::Loop> loop_, const config::LogConfig& log_config, int number,
        stats::CoreSlot* rows, std::size_t threads)
      : loop(std::move(loop_)),
        log(log_config.descriptor, log_config, {::getpid(), number}),
        roster(rows, threads) {}
  std::unique_ptr<net::Loop> loop;
  BufferPool buffers;
  RequestLog log;
  Roster roster;
};

Result<std::unique_ptr<Worker>> Worker::create(const config::Config& config,
                                               app::Application& application,
                                               stats::Scoreboard& scoreboard, Identity identity) {
  auto loop = TRY(net::Loop::create());
  const auto threads = static_cast<std::size_t>(config.worker.threads);
  if (scoreboard.cores() < threads) return fail("the scoreboard has too few rows for the threads");
  auto parts = std::make_unique<Parts>(std::move(loop), config.log, identity.number,
                                       &scoreboard.core(identity.slot, 0), threads);
  return std::unique_ptr<Worker>(
      new Worker(std::move(parts), config, application, scoreboard, identity));
}

Worker::Worker(std::unique_ptr<Parts> parts, const config::Config& config_,
               app::Application& application_, stats::Scoreboard& scoreboard, Identity identity)
    : Context(*parts->loop, parts->buffers, application_, parts->log, parts->roster,
              scoreboard.worker(identity.slot), scoreboard.totals(), config_),
      parts_(std::move(parts)),
      scoreboard_(scoreboard),
      identity_(identity),
      most_requests_(most_requests_of(config_.recycle, identity.number)),
      retry_accept_([this] { out_of_descriptors_ = false; }),
      grace_over_([this] { give_up(); }),
      flush_([this] { flush_held(); }),
      look_([this] { look_at_limits(); }) {}

Worker::~Worker() {
  while (connections_)
    connections_->destroy_now();
  for (Exchange* const exchange : spare_)
    delete exchange;
}

Result<> Worker::listen(Fd listener, config::Protocol protocol) {
  const net::Address address = TRY(net::Address::local(listener.get()));
  acceptors_.push_back(std::make_unique<Acceptor>(std::move(listener),
                                                  describe_port(protocol, address, config), *this));
  return acceptors_.back()->resume();
}

void Worker::run(ThreadHooks hooks) {
  Crew crew(*this, config.worker.threads, std::move(hooks));
  crew_ = &crew;
  slot.state.store(stats::WorkerState::Ready, std::memory_order_relaxed);
  crew.run();
  crew_ = nullptr;
  log.flush();
}

void Worker::stop(milliseconds grace, milliseconds moment) {
  if (draining.exchange(true)) return;
  rest_until = loop.now() + std::min(grace, moment);
  slot.state.store(stats::WorkerState::Stopping, std::memory_order_relaxed);
  // What the kernel has accepted already is still served.
  // But what would wait here for a thread is better off with the workers that serve on.
  const bool others_serve = moment > 0ms;
  const bool is_busy = crew_ && crew_->running() >= crew_->slots();
  for (const auto& acceptor : acceptors_)
    acceptor->close(others_serve && is_busy ? Acceptor::LastOnes::Leave
                                            : Acceptor::LastOnes::Accept);
  loop.timers().arm(grace_over_, loop.now() + grace);
  for (Connection* connection = connections_; connection;) {
    Connection* const next = connection->next;
    connection->drain();
    connection = next;
  }
}

/// Some app does not come to an end. Only the process's end ends it.
void Worker::give_up() {
  log::warning("worker {} (pid: {}): {} requests are still running at the end of their grace",
               identity_.number, ::getpid(), crew_ ? crew_->running() : 0);
  log.flush();
  ::_exit(0);
}

void Worker::accepted(Fd socket, const Port& port, const net::Address& peer) {
  if (!port.admits(peer)) return report_stranger(peer);
  auto* const connection = new Connection(std::move(socket), port, peer, *this);
  connection->next = connections_;
  if (connections_) connections_->previous = connection;
  connections_ = connection;
  ++open_;
  slot.connections.store(static_cast<std::uint32_t>(open_), std::memory_order_relaxed);
  if (const int most = config.worker.max_connections_per_ip; most > 0) {
    const std::string& address = connection->remote_address();
    if (!address.empty() && ++open_by_ip_[address] > most) return connection->destroy_now();
  }
  connection->begin();
}

void Worker::report_stranger(const net::Address& peer) {
  if (loop.now() - stranger_reported_ < 1s) return;
  stranger_reported_ = loop.now();
  log::warning("refused a connection from {}: its address is not one of those that are allowed",
               peer.text());
}

void Worker::cannot_accept(int error) {
  log::error("cannot accept connections: {}; next try in a moment",
             std::generic_category().message(error));
  out_of_descriptors_ = true;
  loop.timers().arm(retry_accept_, loop.now() + 100ms);
}

Exchange* Worker::new_exchange() {
  if (spare_.empty()) return new Exchange();
  Exchange* const exchange = spare_.back();
  spare_.pop_back();
  return exchange;
}

void Worker::recycle(Exchange& exchange) {
  if (spare_.size() >= kSpareExchanges) {
    delete &exchange;
    return;
  }
  exchange.reset();
  spare_.push_back(&exchange);
}

void Worker::ready(Exchange& exchange) {
  exchange.next_ready = nullptr;
  if (ready_last_) {
    ready_last_->next_ready = &exchange;
  } else {
    ready_first_ = &exchange;
  }
  ready_last_ = &exchange;
}

Exchange* Worker::pop_ready() {
  Exchange* const exchange = ready_first_;
  if (!exchange) return nullptr;
  ready_first_ = exchange->next_ready;
  if (!ready_first_) ready_last_ = nullptr;
  return exchange;
}

void Worker::closed(Connection& connection) {
  if (connection.attention_asked.load()) {
    const std::lock_guard lock(messages_mutex_);
    std::erase(attention_, &connection);
  }
  if (connection.flush_asked.load()) {
    std::erase(flushed_next_, &connection);
    const std::lock_guard lock(messages_mutex_);
    std::erase(to_flush_, &connection);
  }
  if (connection.watch_asked) std::erase(unwatched_, &connection);
  if (connection.previous) {
    connection.previous->next = connection.next;
  } else {
    connections_ = connection.next;
  }
  if (connection.next) connection.next->previous = connection.previous;
  --open_;
  slot.connections.store(static_cast<std::uint32_t>(open_), std::memory_order_relaxed);
  if (config.worker.max_connections_per_ip > 0) {
    const auto count = open_by_ip_.find(connection.remote_address());
    if (count != open_by_ip_.end() && --count->second == 0) open_by_ip_.erase(count);
  }
  delete &connection;
}

template <class Item>
void Worker::leave_for_loop(std::vector<Item*>& list, Item& item) {
  {
    const std::lock_guard lock(messages_mutex_);
    list.push_back(&item);
    has_messages_.store(true);
  }
  loop.wake();
}

void Worker::attention(Connection& connection) {
  if (!connection.attention_asked.exchange(true)) leave_for_loop(attention_, connection);
}

void Worker::flush_soon(Connection& connection) {
  // Every held part asks for it: most find with a mere look that somebody has.
  if (connection.flush_asked.load(std::memory_order_relaxed)) return;
  if (!connection.flush_asked.exchange(true)) leave_for_loop(to_flush_, connection);
}

void Worker::watch_before_waiting(Connection& connection) {
  if (!std::exchange(connection.watch_asked, true)) unwatched_.push_back(&connection);
}

void Worker::completed_later(Exchange& exchange) {
  leave_for_loop(completed_, exchange);
}

void Worker::take_messages() {
  std::vector<Connection*> attention;
  std::vector<Exchange*> completed;
  {
    const std::lock_guard lock(messages_mutex_);
    attention.swap(attention_);
    completed.swap(completed_);
    flushed_next_.insert(flushed_next_.end(), to_flush_.begin(), to_flush_.end());
    to_flush_.clear();
    has_messages_.store(false);
  }
  // One connection's business never destroys another one, so the list stays good.
  for (Connection* const connection : attention) {
    connection->attention_asked.store(false);
    connection->look_after_output();
  }
  for (Exchange* const exchange : completed)
    returned(*exchange);
  if (!flushed_next_.empty() && !flush_.armed()) loop.timers().arm(flush_, loop.now() + kHeldFor);
}

void Worker::flush_held() {
  for (Connection* const connection : std::exchange(flushed_next_, {})) {
    connection->flush_asked.store(false);
    connection->look_after_output();
  }
}

}  // namespace penstock::server
