// SPDX-License-Identifier: MIT
#include "server/acceptor.h"

#include <algorithm>

#include "net/socket.h"
#include "server/worker.h"

namespace penstock::server {
namespace {

constexpr int kBatch = 16;         // connections an event, so that others have their turn
constexpr int kTurn = 16;          // after so many connections it is others' turn in any case
constexpr int kLastBatch = 65536;  // all that wait

}  // namespace

Acceptor::Acceptor(Fd listener, Port port, Worker& worker)
    : worker_(worker), port_(std::move(port)), listener_(std::move(listener)) {}

Acceptor::~Acceptor() {
  if (accepting_) worker_.loop.forget(listener_.get(), *this);
}

Result<> Acceptor::resume() {
  if (accepting_) return {};
  // Exclusive: the kernel wakes one worker for a connection, not all.
  TRY(worker_.loop.watch(listener_.get(), EPOLLIN | EPOLLEXCLUSIVE, *this));
  accepting_ = true;
  return {};
}

void Acceptor::pause(LastOnes last) {
  if (!accepting_) return;
  worker_.loop.forget(listener_.get(), *this);
  accepting_ = false;
  if (last == LastOnes::Accept) accept_some(kLastBatch);
}

void Acceptor::close(LastOnes last) {
  pause(last);
  listener_.reset();
}

void Acceptor::look() {
  if (accepting_) accept_some(kBatch);
}

/// The kernel offers a connection to the first of those workers that wait, in the order in which
/// they began to watch: where they are idle, always to the same one. Whoever has more connections
/// than it had goes behind the others.
void Acceptor::on_ready(std::uint32_t) {
  open_before_ = std::min(open_before_, worker_.open());
  accepted_ += accept_some(kBatch);
  if (worker_.has_siblings() && (accepted_ >= kTurn || worker_.open() > open_before_))
    let_others_go_first();
}

void Acceptor::let_others_go_first() {
  accepted_ = 0;
  open_before_ = worker_.open();
  pause(LastOnes::Leave);
  // What came in between is told of now.
  if (const auto resumed = resume(); !resumed) worker_.cannot_accept(resumed.error().code);
}

/// How many it has taken.
int Acceptor::accept_some(int most) {
  using Status = net::Accepted::Status;
  int taken = 0;
  for (; taken < most && !worker_.is_full(); ++taken) {
    net::Accepted accepted = net::accept_one(listener_.get());
    switch (accepted.status) {
      case Status::Done:
        worker_.accepted(
            std::move(accepted.fd), port_,
            net::Address::of(reinterpret_cast<sockaddr*>(&accepted.peer), accepted.peer_size));
        break;
      case Status::Lost:
        break;
      case Status::Again:
        return taken;
      case Status::NoDescriptors:
      case Status::Failed:
        worker_.cannot_accept(accepted.error);
        return taken;
    }
  }
  return taken;
}

}  // namespace penstock::server
