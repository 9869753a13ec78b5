// SPDX-License-Identifier: MIT
#include "spawn/hub.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>

#include <algorithm>

namespace penstock::spawn {
namespace {

// What one turn does at most, so that the loop's other work is never far away.
constexpr int kEventsPerTurn = 64;
constexpr std::size_t kBytesPerTurn = std::size_t{1024} * 1024;
constexpr seconds kClosePatience = 2s;

}  // namespace

Result<std::unique_ptr<Hub>> Hub::create() {
  Fd epoll{::epoll_create1(EPOLL_CLOEXEC)};
  if (!epoll) return os_error("epoll_create1");
  Fd timer{::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)};
  if (!timer) return os_error("timerfd_create");
  Fd null{::open("/dev/null", O_RDWR | O_CLOEXEC)};
  if (!null) return os_error_about("/dev/null", "open");
  std::unique_ptr<Hub> hub(new Hub(std::move(epoll), std::move(timer), std::move(null)));
  TRY(hub->watch(hub->timer_.get(), EPOLLIN, nullptr));
  return hub;
}

Hub::Hub(Fd epoll, Fd timer, Fd null)
    : epoll_(std::move(epoll)),
      timer_(std::move(timer)),
      null_(std::move(null)),
      owner_(::getpid()) {}

Hub::~Hub() {
  close();
}

bool Hub::is_ours() const {
  return !abandoned_ && ::getpid() == owner_;
}

Result<> Hub::watch(int fd, std::uint32_t events, Watch* watch) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = watch;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) < 0) return os_error("epoll_ctl");
  return {};
}

/// Said to the kernel, not left to close(2): a fork of the host may hold a copy of the descriptor,
/// and then the set would go on to report it.
void Hub::unwatch(int fd) {
  if (!abandoned_) ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
}

void Hub::enter(Process& process) {
  processes_.insert(&process);
}

void Hub::leave(Process& process) {
  processes_.erase(&process);
}

void Hub::forget(Process& process) {
  leave(process);
  noted_.erase(std::remove(noted_.begin(), noted_.end(), &process), noted_.end());
}

void Hub::note(Process& process) {
  noted_.push_back(&process);
}

std::span<const Hub::Notice> Hub::turn() {
  notices_.clear();
  if (!is_ours()) return notices_;

  epoll_event events[kEventsPerTurn];
  const int count = ::epoll_wait(epoll_.get(), events, kEventsPerTurn, 0);
  std::size_t budget = kBytesPerTurn;
  bool is_timer_due = false;
  for (int i = 0; i < count; ++i) {
    const auto* watch = static_cast<const Watch*>(events[i].data.ptr);
    if (watch == nullptr) {
      is_timer_due = true;
    } else if (budget > 0 || watch->channel == Channel::Exit) {
      watch->process->on_event(watch->channel, (events[i].events & EPOLLHUP) != 0, budget);
    }
  }
  if (is_timer_due) on_timer();  // last: a program that has ended is not timed out

  for (Process* process : noted_)
    notices_.push_back({process, process->take_news()});
  noted_.clear();
  return notices_;
}

void Hub::on_timer() {
  std::uint64_t expirations = 0;
  [[maybe_unused]] const ssize_t got = ::read(timer_.get(), &expirations, sizeof expirations);
  armed_.reset();
  const SteadyTime now = steady_now();
  while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
    Process* process = deadlines_.begin()->second;
    deadlines_.erase(deadlines_.begin());
    process->on_deadline();
  }
  arm_timer();
}

void Hub::set_deadline(Process& process, std::optional<SteadyTime> old,
                       std::optional<SteadyTime> now) {
  if (old) deadlines_.erase({*old, &process});
  if (now) deadlines_.insert({*now, &process});
  arm_timer();
}

/// An alarm that is too early costs one idle turn, less than moving it with every program's end.
void Hub::arm_timer() {
  if (deadlines_.empty() || abandoned_) return;
  const SteadyTime earliest = deadlines_.begin()->first;
  if (armed_ && *armed_ <= earliest) return;
  const auto since_boot = earliest.time_since_epoch();
  const auto whole = std::chrono::floor<seconds>(since_boot);
  itimerspec alarm{};
  alarm.it_value.tv_sec = whole.count();
  alarm.it_value.tv_nsec = std::max<std::int64_t>(1, (since_boot - whole).count());  // 0 disarms
  ::timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &alarm, nullptr);
  armed_ = earliest;
}

void Hub::close() {
  if (!is_ours()) return abandon();
  const std::vector<Process*> left(processes_.begin(), processes_.end());
  for (Process* process : left)
    process->kill();
  const SteadyTime latest = steady_now() + kClosePatience;
  for (Process* process : left)
    process->end_now(latest);
}

void Hub::abandon() {
  abandoned_ = true;
  for (Process* process : processes_)
    process->abandon();
  processes_.clear();
  deadlines_.clear();
  noted_.clear();
  epoll_.reset();
  timer_.reset();
  null_.reset();
}

}  // namespace penstock::spawn
