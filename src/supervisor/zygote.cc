// SPDX-License-Identifier: MIT
// One process at a time; its channel may end before it does.
#include "supervisor/zygote.h"

#include <signal.h>

#include <utility>

#include "base/log.h"

namespace penstock::supervisor {

using Kind = ipc::Message::Kind;

Zygote::Zygote(net::Loop& loop, System& system, Owner& owner)
    : loop_(loop), system_(system), owner_(owner), impatience_([this] { kill(); }) {}

Result<> Zygote::start() {
  auto [ours, theirs] = TRY(ipc::Channel::pair());
  pid_ = TRY(system_.start_zygote(theirs));
  state_ = State::Loading;
  app_failed_ = false;
  up_since_.reset();
  channel_ = std::move(ours);
  if (auto watched = loop_.watch(channel_.fd(), EPOLLIN, *this); !watched) {
    log::error("zygote (pid: {}): {}", pid_, watched.error().what);
    channel_ = {};
    kill();
  }
  return {};
}

Result<> Zygote::fork_worker(int worker, std::size_t slot, const ipc::Channel& theirs) {
  return channel_.send({Kind::Fork, static_cast<std::int32_t>(slot), 0, worker}, theirs.fd());
}

void Zygote::tell(const ipc::Message& message, int descriptor) {
  if (!channel_ || state_ == State::Stopping) return;
  if (const auto sent = channel_.send(message, descriptor); !sent)
    log::warning("zygote (pid: {}): {}", pid_, sent.error().what);
}

void Zygote::stop() {
  if (state_ == State::Loading) return kill();
  if (state_ != State::Up) return;
  state_ = State::Stopping;
  close_channel();
  loop_.timers().arm(impatience_, system_.now() + kPatience);
}

void Zygote::kill() {
  if (state_ == State::Down) return;
  state_ = State::Stopping;
  system_.send_signal(pid_, SIGKILL);
}

void Zygote::drain() {
  while (channel_) {
    auto received = channel_.receive(false);
    if (received && *received) {
      take((*received)->message);
      continue;
    }
    if (!received && received.error().code == EAGAIN) return;
    if (!received) log::error("zygote (pid: {}): {}", pid_, received.error().what);
    // A zygote without a channel is of no use, should it live on.
    close_channel();
    loop_.timers().arm(impatience_, system_.now() + kPatience);
  }
}

void Zygote::take(const ipc::Message& message) {
  switch (message.kind) {
    case Kind::AppLoaded:
      if (state_ != State::Loading) return;
      state_ = State::Up;
      up_since_ = system_.now();
      return owner_.zygote_up();
    case Kind::AppFailed:
      app_failed_ = true;
      return;
    case Kind::Forked:
      return owner_.zygote_forked(static_cast<std::size_t>(message.slot), message.pid);
    case Kind::ForkFailed:
      return owner_.zygote_could_not_fork(static_cast<std::size_t>(message.slot),
                                          static_cast<int>(message.value));
    case Kind::Fork:
    case Kind::Ready:
    case Kind::Recycle:
    case Kind::Stop:
    case Kind::Retire:
    case Kind::Pause:
    case Kind::ReopenLog:
      log::error("zygote (pid: {}): a message that is not a zygote's", pid_);
  }
}

void Zygote::exited(int status) {
  drain();
  close_channel();
  impatience_.cancel();
  Death death{std::exchange(pid_, 0), status, app_failed_, std::nullopt};
  if (up_since_) death.age = system_.now() - *up_since_;
  state_ = State::Down;
  owner_.zygote_down(death);
}

void Zygote::close_channel() {
  if (!channel_) return;
  loop_.forget(channel_.fd(), *this);
  channel_ = {};
}

}  // namespace penstock::supervisor
