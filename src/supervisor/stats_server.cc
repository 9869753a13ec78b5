// SPDX-License-Identifier: MIT
#include "supervisor/stats_server.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "base/log.h"
#include "net/socket.h"
#include "supervisor/alarm.h"

namespace penstock::supervisor {
namespace {

constexpr milliseconds kTimeToAsk{5000};
constexpr milliseconds kTimeToRead{10000};
constexpr milliseconds kTimeToLeave{2000};
constexpr milliseconds kRetryAccept{1000};
constexpr int kBatch = 16;

Result<StatsListener> open_one(StatsKind kind, const std::string& address,
                               const config::SocketConfig& socket, std::string_view option,
                               Heritage* heritage) {
  net::ListenOptions options;
  options.backlog = socket.backlog;
  options.mode = socket.chmod;
  options.owner = socket.chown;
  options.client_speaks_first = kind != StatsKind::Json;
  auto inherited = heritage ? heritage->take(address) : std::nullopt;
  auto opened =
      inherited ? net::adopt_listener(std::move(*inherited)) : net::listen_on(address, options);
  if (!opened) return unexpected(std::move(opened).error().about(option));
  StatsListener listener{kind, std::move(*opened), service::OwnedFile{}, address};
  const std::string path = listener.listener.address.path();
  if (!address.starts_with("fd://") && !path.empty()) listener.file = service::OwnedFile(path);
  log::info("*** {} server enabled on {} fd: {} ***",
            kind == StatsKind::Metrics ? "Metrics" : "Stats",
            path.empty() ? listener.listener.address.text() : path, listener.listener.fd.get());
  return listener;
}

}  // namespace

Result<std::vector<StatsListener>> open_stats_listeners(const config::Config& config,
                                                        Heritage* heritage) {
  std::vector<StatsListener> all;
  const StatsKind json = config.stats.http ? StatsKind::JsonByHttp : StatsKind::Json;
  if (!config.stats.address.empty())
    all.push_back(TRY(open_one(json, config.stats.address, config.socket, "--stats", heritage)));
  if (!config.stats.metrics.empty())
    all.push_back(TRY(
        open_one(StatsKind::Metrics, config.stats.metrics, config.socket, "--metrics", heritage)));
  return all;
}

/// A listening socket.
class StatsServer::Door final : public net::Watcher {
 public:
  Door(StatsServer& server, StatsListener listener)
      : server_(server), listener_(std::move(listener)), retry_([this] { open_again(); }) {}
  Door(const Door&) = delete;
  Door& operator=(const Door&) = delete;
  ~Door() { server_.loop_.forget(fd(), *this); }

  void leave_file() { listener_.file.leave(); }
  Result<> open() { return server_.loop_.watch(fd(), EPOLLIN, *this); }

 private:
  using Status = net::Accepted::Status;

  int fd() const { return listener_.listener.fd.get(); }

  void on_ready(std::uint32_t) override {
    for (int i = 0; i < kBatch; ++i) {
      net::Accepted accepted = net::accept_one(fd());
      if (accepted.status == Status::Done) {
        server_.enter(std::move(accepted.fd), listener_.kind);
      } else if (accepted.status == Status::Again) {
        return;
      } else if (accepted.status != Status::Lost) {
        // The socket stays ready, which would keep the loop busy.
        server_.loop_.forget(fd(), *this);
        return server_.loop_.timers().arm(retry_, steady_now() + kRetryAccept);
      }
    }
  }

  void open_again() {
    if (!open()) server_.loop_.timers().arm(retry_, steady_now() + kRetryAccept);
  }

  StatsServer& server_;
  StatsListener listener_;
  Alarm retry_;
};

/// A connection: it asks, gets its answer, and goes.
class StatsServer::Visitor final : public net::Watcher, private net::Timer {
 public:
  Visitor(StatsServer& server, Fd socket, StatsKind kind)
      : server_(server), socket_(std::move(socket)), kind_(kind) {}
  Visitor(const Visitor&) = delete;
  Visitor& operator=(const Visitor&) = delete;
  ~Visitor() override { server_.loop_.forget(socket_.get(), *this); }

  /// False: it is over.
  bool begin() {
    set_patience(kTimeToAsk);
    if (!server_.loop_.watch(socket_.get(), EPOLLIN, *this)) return false;
    return kind_ != StatsKind::Json || answer();
  }

 private:
  enum class State { Asking, Reading, Leaving };

  void on_ready(std::uint32_t) override {
    const bool goes_on = state_ == State::Asking    ? take_request()
                         : state_ == State::Reading ? send_rest()
                                                    : wait_for_end();
    if (!goes_on) server_.leave(*this);
  }
  void on_timeout() override { server_.leave(*this); }

  bool take_request() {
    std::array<char, 4096> room{};
    const net::Transfer got = net::read_some(socket_.get(), room);
    if (got.again()) return true;
    if (!got.done()) return false;
    received_.append(room.data(), got.size);
    return answer();
  }

  /// Once the request is complete.
  bool answer() {
    auto answer = answer_stats(kind_, received_, server_.render_);
    if (!answer) return true;
    answer_ = std::move(*answer);
    state_ = State::Reading;
    set_patience(kTimeToRead);
    return send_rest();
  }

  bool send_rest() {
    while (sent_ < answer_.size()) {
      const iovec rest{answer_.data() + sent_, answer_.size() - sent_};
      const net::Transfer done = net::send_gather(socket_.get(), {&rest, 1});
      if (done.again())
        return static_cast<bool>(server_.loop_.change(socket_.get(), EPOLLOUT, *this));
      if (!done.done()) return false;
      sent_ += done.size;
    }
    // To close with bytes of the client unread would be a reset, which may overtake the answer.
    net::shutdown_write(socket_.get());
    state_ = State::Leaving;
    set_patience(kTimeToLeave);
    return static_cast<bool>(server_.loop_.change(socket_.get(), EPOLLIN, *this));
  }

  bool wait_for_end() {
    std::array<char, 4096> room{};
    const net::Transfer got = net::read_some(socket_.get(), room);
    return got.again() || got.done();
  }

  void set_patience(milliseconds time) { server_.loop_.timers().arm(*this, steady_now() + time); }

  StatsServer& server_;
  Fd socket_;
  const StatsKind kind_;
  State state_ = State::Asking;
  std::string received_;
  std::string answer_;
  std::size_t sent_ = 0;
};

StatsServer::StatsServer(net::Loop& loop, RenderStats render)
    : loop_(loop), render_(std::move(render)) {}

StatsServer::~StatsServer() = default;

Result<std::unique_ptr<StatsServer>> StatsServer::create(net::Loop& loop,
                                                         std::vector<StatsListener> listeners,
                                                         RenderStats render) {
  std::unique_ptr<StatsServer> server(new StatsServer(loop, std::move(render)));
  for (StatsListener& listener : listeners) {
    server->doors_.push_back(std::make_unique<Door>(*server, std::move(listener)));
    TRY(server->doors_.back()->open());
  }
  return server;
}

void StatsServer::leave_files() {
  for (const auto& door : doors_)
    door->leave_file();
}

void StatsServer::enter(Fd socket, StatsKind kind) {
  if (visitors_.size() >= kMostVisitors) visitors_.pop_front();
  Visitor& visitor =
      *visitors_.emplace_back(std::make_unique<Visitor>(*this, std::move(socket), kind));
  if (!visitor.begin()) leave(visitor);
}

void StatsServer::leave(Visitor& visitor) {
  visitors_.remove_if([&](const auto& one) { return one.get() == &visitor; });
}

}  // namespace penstock::supervisor
