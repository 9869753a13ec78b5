// SPDX-License-Identifier: MIT
#include "spawnfcgi/foreground.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "spawn/launch.h"
#include "spawnfcgi/message.h"

namespace penstock::spawnfcgi {
namespace {

constexpr milliseconds kStopGrace = 60s;  // then programs that still run are killed
constexpr int kShellCannotRun = 126;      // and 127: what the shell exits with

std::string how_it_ended(int status) {
  if (WIFEXITED(status)) return fmt::format("exited with: {}", WEXITSTATUS(status));
  return fmt::format("signaled: {}", WTERMSIG(status));
}

}  // namespace

Foreground::Foreground(std::unique_ptr<net::Loop> loop)
    : loop_(std::move(loop)), impatience_([this] { signal_all(SIGKILL); }) {}

Result<std::unique_ptr<Foreground>> Foreground::create(std::vector<spawn::Command> commands) {
  auto loop = TRY(net::Loop::create());
  std::unique_ptr<Foreground> made(new Foreground(std::move(loop)));
  made->signals_ = TRY(supervisor::Signals::create(
      *made->loop_, {SIGCHLD, SIGINT, SIGTERM, SIGQUIT, SIGHUP, SIGUSR1, SIGUSR2},
      [&self = *made](int signal) { self.on_signal(signal); }));
  for (spawn::Command& command : commands) {
    const std::size_t index = made->programs_.size();
    made->programs_.push_back(std::make_unique<Program>(
        std::move(command), [&self = *made, index] { self.start(*self.programs_[index]); }));
  }
  return made;
}

int Foreground::run() {
  for (const auto& program : programs_) {
    if (!is_stopping_) start(*program);
  }
  while (!is_over()) {
    loop_->collect(1h);
    while (loop_->dispatch_next()) {
    }
  }
  return exit_code_;
}

void Foreground::start(Program& program) {
  const auto child = spawn::launch(program.command);
  if (child) {
    program.pid = child->pid;
    program.since = steady_now();
    return say(fmt::format("child spawned successfully: PID: {}", child->pid));
  }
  const int code = child.error().code;
  complain(fmt::format("exec failed: {}: {}", program.command.programs.front(),
                       std::generic_category().message(code)));
  if (!has_run_) return stop(code);
  start_later(program, program.back_off.after_death(std::nullopt));
}

void Foreground::start_later(Program& program, milliseconds delay) {
  // A delay of none too: a program that ends at once must not keep signals from being seen.
  loop_->timers().arm(program.delay, steady_now() + delay);
}

void Foreground::on_signal(int signal) {
  switch (signal) {
    case SIGCHLD:
      return reap();
    case SIGHUP:
    case SIGUSR1:
    case SIGUSR2:
      return signal_all(signal);
    default:
      if (is_stopping_) return signal_all(SIGKILL);
      say(fmt::format("signal {}: ending the children", signal));
      return stop(0);
  }
}

void Foreground::reap() {
  int status = 0;
  for (pid_t pid = 0; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) {
    const auto found = std::find_if(programs_.begin(), programs_.end(),
                                    [pid](const auto& program) { return program->pid == pid; });
    if (found != programs_.end()) ended(**found, status);
  }
}

void Foreground::ended(Program& program, int status) {
  const nanoseconds age = steady_now() - program.since;
  const pid_t pid = std::exchange(program.pid, 0);
  const bool was_young = age < supervisor::BackOff::kYoung;
  if (is_stopping_) return;
  if (!has_run_ && was_young && WIFEXITED(status) && WEXITSTATUS(status) >= kShellCannotRun &&
      WEXITSTATUS(status) <= kShellCannotRun + 1) {
    complain(fmt::format("child {}", how_it_ended(status)));
    return stop(WEXITSTATUS(status));
  }
  has_run_ = true;
  const milliseconds delay = program.back_off.after_death(age);
  complain(fmt::format("child {} (PID: {}); starting another in {} ms", how_it_ended(status), pid,
                       delay.count()));
  start_later(program, delay);
}

void Foreground::stop(int exit_code) {
  is_stopping_ = true;
  exit_code_ = exit_code;
  for (const auto& program : programs_)
    program->delay.cancel();
  signal_all(SIGTERM);
  loop_->timers().arm(impatience_, steady_now() + kStopGrace);
}

void Foreground::signal_all(int signal) {
  for (const auto& program : programs_) {
    if (program->pid > 0) ::kill(program->pid, signal);
  }
}

bool Foreground::is_over() const {
  if (programs_.empty()) return true;
  return is_stopping_ && std::none_of(programs_.begin(), programs_.end(),
                                      [](const auto& program) { return program->pid > 0; });
}

}  // namespace penstock::spawnfcgi
