// SPDX-License-Identifier: MIT
#include "pyhost/worker_entry.h"

#include <unistd.h>

#include "base/log.h"
#include "base/memory_reserve.h"
#include "base/output.h"
#include "base/process_title.h"
#include "config/build.h"
#include "config/process_names.h"
#include "ipc/channel.h"
#include "pyhost/gil.h"
#include "pyhost/resources.h"
#include "server/worker.h"

namespace penstock::pyhost {
namespace {

/// Without a master nobody replaces this worker or stops it: it goes too, and soon.
constexpr milliseconds kOrphanGrace{3000};

/// So long a connection that rests may still bring a request to a worker that is replaced: who
/// sends one in the moment in which it is closed would find it lost.
constexpr milliseconds kLastMoment{5000};

/// Does what the master says.
class Orders final : public net::Watcher {
 public:
  Orders(ipc::Channel channel, server::Worker& worker)
      : channel_(std::move(channel)), worker_(worker) {}
  ~Orders() { worker_.loop.forget(channel_.fd(), *this); }

  Result<> begin() {
    TRY(worker_.loop.watch(channel_.fd(), EPOLLIN, *this));
    worker_.when_due_for_recycling([this](stats::RecycleReason reason) { ask(reason); });
    return channel_.send({.kind = ipc::Message::Kind::Ready});
  }

  void on_ready(std::uint32_t) override {
    const auto received = channel_.receive(/*blocking=*/false);
    if (!received && (received.error().code == EAGAIN || received.error().code == EINTR)) return;
    if (!received || !*received) {
      worker_.loop.forget(channel_.fd(), *this);
      return worker_.stop(kOrphanGrace);
    }
    const ipc::Message& message = (*received)->message;
    const milliseconds grace(message.value);
    if (message.kind == ipc::Message::Kind::Stop) worker_.stop(grace);
    if (message.kind == ipc::Message::Kind::Retire) worker_.stop(grace, kLastMoment);
    if (message.kind == ipc::Message::Kind::Pause) worker_.pause(message.value != 0);
    if (message.kind == ipc::Message::Kind::ReopenLog) take_log((*received)->descriptor);
  }

 private:
  static void take_log(const Fd& file) {
    if (const auto taken = become_output(file.get()); !taken)
      log::error("the new log file: {}", taken.error().what);
  }

  void ask(stats::RecycleReason reason) {
    const auto asked = channel_.send(
        {.kind = ipc::Message::Kind::Recycle, .value = static_cast<std::int64_t>(reason)});
    if (!asked) log::error("{}", asked.error().what);
  }

  ipc::Channel channel_;
  server::Worker& worker_;
};

}  // namespace

Result<> run_worker(PyObject* callable, const WsgiTypes& types, const ipc::Boot& boot,
                    WorkerIdentity identity, Fd channel) {
  config::Config config = TRY(config::build(boot.settings));
  config.log.descriptor = boot.request_log_fd;
  log::set_date(config.log.date);
  choose_processors(config.resources, identity.number);
  memory_reserve::keep();
  stats::Scoreboard scoreboard = TRY(stats::Scoreboard::open(boot.scoreboard_fd));
  const std::unique_ptr<WsgiApplication> application =
      WsgiApplication::create(callable, types, config.worker, scoreboard.worker(identity.slot));
  if (!application) return fail("the application cannot be prepared");

  auto worker = TRY(
      server::Worker::create(config, *application, scoreboard, {identity.number, identity.slot}));
  scoreboard.worker(identity.slot).pid.store(::getpid(), std::memory_order_relaxed);
  for (const ipc::InheritedListener& listener : boot.listeners) {
    TRY(worker->listen(Fd(listener.fd), listener.protocol));
  }
  if (const auto title =
          config::process_name(config.process_names, config::Role::Worker, identity.number))
    set_process_title(*title);
  Orders orders(ipc::Channel(std::move(channel)), *worker);
  TRY(orders.begin());

  PyInterpreterState* const interpreter = PyInterpreterState_Get();
  adopt_thread();
  worker->run({[interpreter] { attach_thread(interpreter); }, detach_thread});
  leave_thread();
  return {};
}

}  // namespace penstock::pyhost
