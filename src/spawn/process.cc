// SPDX-License-Identifier: MIT
#include "spawn/process.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>

#include "spawn/hub.h"

namespace penstock::spawn {
namespace {

constexpr idtype_t kByPidfd = static_cast<idtype_t>(3);  // P_PIDFD, which older headers lack
constexpr int kUnknownStatus = 255;
/// More than any pipe holds by default; a bound against grandchildren that write without end.
constexpr std::size_t kDrainBytes = std::size_t{2} * 1024 * 1024;
constexpr milliseconds kDestructorPatience = 1s;

unsigned bit(Channel channel) {
  return 1U << static_cast<unsigned>(channel);
}

nanoseconds duration(const timeval& time) {
  return seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
}

}  // namespace

Process::Process(Hub& hub, Setup setup)
    : hub_(hub),
      child_(std::move(setup.child)),
      started_(setup.started),
      terms_(setup.terms),
      input_(std::move(setup.input)),
      output_(std::move(setup.output), setup.output_sink, setup.output_terms),
      errors_(std::move(setup.errors), setup.errors_sink, setup.errors_terms),
      owner_(setup.owner),
      watches_{{this, Channel::Input},
               {this, Channel::Output},
               {this, Channel::Errors},
               {this, Channel::Exit}} {
  hub_.enter(*this);
}

Process::~Process() {
  if (phase_ != Phase::Ended) {
    if (hub_.is_ours()) {
      kill();
      end_now(steady_now() + kDestructorPatience);
    } else {
      abandon();
    }
  }
  hub_.forget(*this);
}

Result<> Process::begin() {
  TRY(watch(child_.pidfd.get(), EPOLLIN, Channel::Exit));
  if (output_.is_open()) TRY(watch(output_.fd(), EPOLLIN, Channel::Output));
  if (errors_.is_open()) TRY(watch(errors_.fd(), EPOLLIN, Channel::Errors));
  if (terms_.timeout) set_deadline(started_ + *terms_.timeout);
  return {};
}

Result<> Process::watch(int fd, std::uint32_t events, Channel channel) {
  if ((watched_ & bit(channel)) != 0) return {};
  TRY(hub_.watch(fd, events, &watches_[static_cast<std::size_t>(channel)]));
  watched_ |= bit(channel);
  return {};
}

void Process::stop_watching(int fd, Channel channel) {
  if ((watched_ & bit(channel)) == 0) return;
  hub_.unwatch(fd);
  watched_ &= ~bit(channel);
}

void Process::tell(unsigned news) {
  if (news_ == 0) hub_.note(*this);
  news_ |= news;
}

void Process::on_event(Channel channel, bool hung_up, std::size_t& budget) {
  if ((watched_ & bit(channel)) == 0) return;  // an event of the same turn ended the watch
  switch (channel) {
    case Channel::Input:
      return pump_input();
    case Channel::Output:
      return pump_output(output_, channel, hung_up, budget);
    case Channel::Errors:
      return pump_output(errors_, channel, hung_up, budget);
    case Channel::Exit:
      if (look_for_exit()) on_exit();
  }
}

void Process::pump_output(Inlet& inlet, Channel channel, bool hung_up, std::size_t& budget) {
  // Once all writers are gone, what remains is no more than a pipe's worth: then come to the end.
  const std::size_t bytes = inlet.pump(hung_up ? kDrainBytes : budget);
  budget -= std::min(budget, bytes);
  if (bytes > 0 || inlet.at_end()) tell(channel == Channel::Output ? kOutput : kErrors);
  if (inlet.at_end() || inlet.is_paused()) stop_watching(inlet.fd(), channel);
  if (inlet.at_end()) inlet.close();
  if (phase_ == Phase::Lingering && !output_.is_open() && !errors_.is_open()) finish();
}

void Process::pump_input() {
  input_.pump();
  if (input_.is_done() || input_.pending() == 0) stop_watching(input_.fd(), Channel::Input);
  if (input_.is_done()) input_.close();
  tell(kInput);
}

void Process::write(Piece piece) {
  input_.push(std::move(piece));
  push_input();
}

void Process::finish_input() {
  input_.finish();
  push_input();
}

/// Writes at once what the pipe takes; the loop writes the rest.
void Process::push_input() {
  if (!input_.is_open()) return;
  if ((watched_ & bit(Channel::Input)) == 0) input_.pump();
  // Without a watch the rest would never be written: the program had better see an end.
  if (!input_.is_done() && input_.pending() > 0 && !watch(input_.fd(), EPOLLOUT, Channel::Input))
    input_.close();
  if (input_.is_done()) {
    stop_watching(input_.fd(), Channel::Input);
    input_.close();
  }
}

void Process::resume_output(InletTerms terms) {
  output_.set_terms(terms);
  if (!output_.is_open() || output_.is_paused()) return;
  if (!watch(output_.fd(), EPOLLIN, Channel::Output)) output_.close();
}

/// Whether the program has ended. It stays a zombie: so its number, and its group's, are still
/// its own, and signals to them hit nobody else.
bool Process::look_for_exit() {
  siginfo_t info{};
  if (::waitid(kByPidfd, static_cast<id_t>(child_.pidfd.get()), &info,
               WEXITED | WNOHANG | WNOWAIT) < 0) {
    if (errno != ECHILD) return false;
    so_far_.is_status_known = false;
    so_far_.status = kUnknownStatus;
  } else {
    if (info.si_pid == 0) return false;
    exited_normally_ = info.si_code == CLD_EXITED;
    so_far_.status = exited_normally_ ? info.si_status : -info.si_status;
  }
  so_far_.wall = steady_now() - started_;
  return true;
}

void Process::on_exit() {
  stop_watching(child_.pidfd.get(), Channel::Exit);
  drain();
  const bool all_read = !output_.is_open() && !errors_.is_open();
  if (all_read || killed_ || terms_.leftovers == Leftovers::Kept || terms_.grace <= 0s)
    finish();
  else
    linger();
}

/// Another process of the group still holds a pipe. It gets the time that the program would get.
void Process::linger() {
  phase_ = Phase::Lingering;
  if (terminating_) return;  // the group was told, and its time runs
  signal_group(SIGTERM);
  set_deadline(steady_now() + terms_.grace);
}

/// Takes what the pipes hold, paused or not.
void Process::drain() {
  const auto take = [this](Inlet& inlet, Channel channel) {
    if (!inlet.is_open()) return;
    const InletTerms terms = inlet.terms();
    if (terms.when_full == WhenFull::Pause)
      inlet.set_terms({terms.limit + kDrainBytes, WhenFull::Pause});
    if (inlet.pump(kDrainBytes) > 0 || inlet.at_end())
      tell(channel == Channel::Output ? kOutput : kErrors);
    inlet.set_terms(terms);
    if (!inlet.at_end()) return;
    stop_watching(inlet.fd(), channel);
    inlet.close();
  };
  take(output_, Channel::Output);
  take(errors_, Channel::Errors);
}

void Process::finish() {
  if (terms_.leftovers == Leftovers::Ended) signal_group(SIGKILL);
  drain();
  close_pipes();
  stop_watching(child_.pidfd.get(), Channel::Exit);
  set_deadline(std::nullopt);
  reap();
  child_.pidfd.reset();
  phase_ = Phase::Ended;
  // Killed too late: it had already ended by itself, in time or not.
  if (terms_.grace <= 0s && exited_normally_) so_far_.timed_out = false;
  ending_ = so_far_;
  hub_.leave(*this);
  tell(kEnded);
}

/// After a kill: waits for the end, until `latest`. What has not ended by then is let go.
void Process::end_now(SteadyTime latest) {
  const auto left = std::chrono::ceil<milliseconds>(latest - steady_now());
  pollfd exit{child_.pidfd.get(), POLLIN, 0};
  ::poll(&exit, 1, std::max(0, static_cast<int>(left.count())));
  if (!look_for_exit()) {
    so_far_.is_status_known = false;
    so_far_.status = kUnknownStatus;
  }
  finish();
}

void Process::close_pipes() {
  stop_watching(input_.fd(), Channel::Input);
  stop_watching(output_.fd(), Channel::Output);
  stop_watching(errors_.fd(), Channel::Errors);
  input_.close();
  output_.close();
  errors_.close();
}

void Process::reap() {
  rusage usage{};
  siginfo_t info{};
  if (::syscall(SYS_waitid, kByPidfd, child_.pidfd.get(), &info, WEXITED | WNOHANG, &usage) < 0)
    return;
  so_far_.user_time = duration(usage.ru_utime);
  so_far_.system_time = duration(usage.ru_stime);
  so_far_.peak_memory = std::int64_t{usage.ru_maxrss} * 1024;
}

bool Process::signal(int number) {
  return phase_ == Phase::Running && hub_.is_ours() &&
         ::syscall(SYS_pidfd_send_signal, child_.pidfd.get(), number, nullptr, 0) == 0;
}

/// Only while the program is not reaped: later the number may be another group's.
void Process::signal_group(int number) {
  if (phase_ == Phase::Ended || !so_far_.is_status_known || !hub_.is_ours()) return;
  const bool reached = ::kill(-child_.pid, number) == 0;
  // The program may have moved to another group.
  if (!reached || number == SIGKILL) signal(number);
}

void Process::terminate() {
  if (is_ending()) return;
  if (terms_.grace <= 0s) return kill();
  terminating_ = true;
  signal_group(SIGTERM);
  set_deadline(steady_now() + terms_.grace);
}

void Process::kill() {
  if (phase_ == Phase::Ended || !hub_.is_ours()) return;
  terminating_ = true;
  killed_ = true;
  signal_group(SIGKILL);
  // The hub's turn finishes what only lingered.
  set_deadline(phase_ == Phase::Lingering ? std::optional(steady_now()) : std::nullopt);
}

void Process::on_deadline() {
  deadline_.reset();
  if (phase_ == Phase::Lingering) return finish();
  if (look_for_exit()) return on_exit();
  if (terminating_) return kill();
  so_far_.timed_out = true;
  tell(kTimedOut);
  terminate();
}

void Process::set_deadline(std::optional<SteadyTime> when) {
  if (when == deadline_) return;
  hub_.set_deadline(*this, deadline_, when);
  deadline_ = when;
}

/// In a fork: only this process's own copies of the descriptors go.
void Process::abandon() {
  watched_ = 0;
  close_pipes();
  child_.pidfd.reset();
  deadline_.reset();
  phase_ = Phase::Ended;
}

}  // namespace penstock::spawn
