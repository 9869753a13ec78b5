// SPDX-License-Identifier: MIT
#include "supervisor/doorbell.h"

#include <utility>

#include "base/log.h"

namespace penstock::supervisor {

/// One listening socket.
class Doorbell::Button final : public net::Watcher {
 public:
  Button(Doorbell& bell, std::shared_ptr<BoundListener> listener)
      : bell_(bell), listener_(std::move(listener)) {}
  ~Button() {
    if (watched_) bell_.loop_.forget(listener_->listener.fd.get(), *this);
  }
  Result<> begin() {
    TRY(bell_.loop_.watch(listener_->listener.fd.get(), EPOLLIN, *this));
    watched_ = true;
    return {};
  }

 private:
  void on_ready(std::uint32_t) override { bell_.pressed(); }

  Doorbell& bell_;
  const std::shared_ptr<BoundListener> listener_;
  bool watched_ = false;
};

Doorbell::Doorbell(net::Loop& loop, std::function<void()> ring)
    : loop_(loop), ring_(std::move(ring)) {}

Doorbell::~Doorbell() = default;

void Doorbell::listen(const Listeners& listeners) {
  quiet();
  for (const auto& listener : listeners) {
    buttons_.push_back(std::make_unique<Button>(*this, listener));
    if (const auto begun = buttons_.back()->begin(); !begun) {
      log::error("{}", begun.error().what);
      return pressed();  // rather workers that idle than nobody who answers
    }
  }
}

void Doorbell::quiet() {
  buttons_.clear();
}

void Doorbell::pressed() {
  // The button that was pressed is destroyed by this, after its own call.
  const auto pressed = std::exchange(buttons_, {});
  ring_();
}

}  // namespace penstock::supervisor
