// SPDX-License-Identifier: MIT
// The programs of `-n`: watched, and started again, until a signal ends them.
#pragma once

#include <sys/types.h>

#include <memory>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "net/loop.h"
#include "spawn/command.h"
#include "supervisor/alarm.h"
#include "supervisor/back_off.h"
#include "supervisor/signals.h"

namespace penstock::spawnfcgi {

class Foreground {
 public:
  /// One command for each program that is to run, with its socket as standard input. The sockets
  /// outlive the result. From now on signals wait for run().
  static Result<std::unique_ptr<Foreground>> create(std::vector<spawn::Command> commands);
  Foreground(const Foreground&) = delete;
  Foreground& operator=(const Foreground&) = delete;

  /// Returns the exit code, with no program left: 0 after a signal; when the very first start of
  /// a program shows that it cannot be executed, errno, or what the shell says.
  int run();

 private:
  struct Program {
    explicit Program(spawn::Command command_, std::function<void()> start)
        : command(std::move(command_)), delay(std::move(start)) {}
    spawn::Command command;
    pid_t pid = 0;
    SteadyTime since{};
    supervisor::BackOff back_off;
    supervisor::Alarm delay;
  };

  explicit Foreground(std::unique_ptr<net::Loop> loop);

  void start(Program& program);
  void start_later(Program& program, milliseconds delay);
  void on_signal(int signal);
  void reap();
  void ended(Program& program, int status);
  void stop(int exit_code);
  void signal_all(int signal);
  bool is_over() const;

  std::unique_ptr<net::Loop> loop_;
  std::unique_ptr<supervisor::Signals> signals_;
  std::vector<std::unique_ptr<Program>> programs_;
  supervisor::Alarm impatience_;
  bool has_run_ = false;  // some program lived for a moment
  bool is_stopping_ = false;
  int exit_code_ = 0;
};

}  // namespace penstock::spawnfcgi
