// SPDX-License-Identifier: MIT
// The event loop over epoll(7).
#include "net/loop.h"

#include <sys/eventfd.h>

#include <algorithm>
#include <cerrno>
#include <limits>

#include "base/check.h"

namespace penstock::net {
namespace {

Result<> control(int epoll, int operation, int fd, std::uint32_t events, void* target) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = target;
  if (::epoll_ctl(epoll, operation, fd, &event) < 0) return os_error("epoll_ctl");
  return {};
}

}  // namespace

Result<std::unique_ptr<Loop>> Loop::create() {
  Fd epoll(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll) return os_error("epoll_create1");
  Fd wakeup(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wakeup) return os_error("eventfd");
  // An edge for each write: the counter need not be read to hear of the next. It has no watcher.
  TRY(control(epoll.get(), EPOLL_CTL_ADD, wakeup.get(), EPOLLIN | EPOLLET, nullptr));
  return std::unique_ptr<Loop>(new Loop(std::move(epoll), std::move(wakeup)));
}

Loop::Loop(Fd epoll, Fd wakeup)
    : epoll_(std::move(epoll)),
      wakeup_(std::move(wakeup)),
      timers_(steady_now()),
      now_(steady_now()),
      wall_now_(wall_micros()) {}

Result<> Loop::watch(int fd, std::uint32_t events, Watcher& watcher) {
  return control(epoll_.get(), EPOLL_CTL_ADD, fd, events, &watcher);
}

Result<> Loop::change(int fd, std::uint32_t events, Watcher& watcher) {
  return control(epoll_.get(), EPOLL_CTL_MOD, fd, events, &watcher);
}

void Loop::forget(int fd, Watcher& watcher) {
  const int removed = ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
  // Another error would leave a registration that outlives its watcher.
  CHECK(removed == 0 || errno == ENOENT);
  for (std::size_t i = next_; i < count_; ++i) {
    if (ready_[i].data.ptr == &watcher) ready_[i].data.ptr = nullptr;
  }
}

void Loop::collect(milliseconds longest) {
  CHECK(next_ == count_);
  next_ = count_ = 0;
  if (const auto due = timers_.next()) {
    longest = std::min(longest, std::chrono::ceil<milliseconds>(*due - steady_now()));
  }
  longest = std::clamp(longest, 0ms, milliseconds(std::numeric_limits<int>::max()));
  const int found = ::epoll_wait(epoll_.get(), ready_.data(), static_cast<int>(ready_.size()),
                                 static_cast<int>(longest.count()));
  // A signal ends the wait, so that the caller can look at what its handler left.
  CHECK(found >= 0 || errno == EINTR);
  count_ = static_cast<std::size_t>(std::max(found, 0));
  if (wake_pending_.load(std::memory_order_acquire)) {
    wake_pending_.exchange(false, std::memory_order_acq_rel);
  }
  now_ = steady_now();
  wall_now_ = wall_micros();
  timers_.expire(now_);
}

bool Loop::dispatch_next() {
  while (next_ < count_) {
    const epoll_event event = ready_[next_++];
    // Null: the wakeup, or forgotten.
    if (event.data.ptr == nullptr) continue;
    // Nothing of the loop is touched after this: it may have another owner by then.
    static_cast<Watcher*>(event.data.ptr)->on_ready(event.events);
    return true;
  }
  return false;
}

void Loop::wake() {
  // One write is enough until collect() returns again; what its owner looks at then was stored
  // before this exchange.
  if (wake_pending_.exchange(true, std::memory_order_acq_rel)) return;
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(wakeup_.get(), &one, sizeof one);
}

}  // namespace penstock::net
