// SPDX-License-Identifier: MIT
#include "server/acceptor.h"

#include "net/socket.h"
#include "server/worker.h"

namespace penstock::server {
namespace {

constexpr int kBatch = 16;         // connections an event, so that others have their turn
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

void Acceptor::on_ready(std::uint32_t) {
  accept_some(kBatch);
}

void Acceptor::accept_some(int most) {
  using Status = net::Accepted::Status;
  for (int i = 0; i < most && !worker_.is_full(); ++i) {
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
        return;
      case Status::NoDescriptors:
      case Status::Failed:
        return worker_.cannot_accept(accepted.error);
    }
  }
}

}  // namespace penstock::server
