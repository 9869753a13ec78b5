// SPDX-License-Identifier: MIT
// A screen of its own on the terminal, which is given back as it was, whatever ends the program.
#pragma once

#include <signal.h>
#include <termios.h>

#include <optional>
#include <vector>

#include "base/clock.h"
#include "base/fd.h"
#include "base/result.h"
#include "console/screen.h"

namespace penstock::console {

class Terminal {
 public:
  /// Standard input and output. From now on SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP and SIGWINCH
  /// are events here.
  static Result<Terminal> open();
  Terminal(Terminal&& other) noexcept;
  Terminal& operator=(Terminal&&) = delete;
  ~Terminal();

  void show(const std::vector<Line>& lines);
  int rows() const;
  int columns() const;

  enum class Event { None, Key, Quit, Redraw };
  /// The next event, or None after `longest`. The key is at key().
  Event wait(milliseconds longest);
  char key() const { return key_; }

 private:
  Terminal(const termios& before, const sigset_t& mask, Fd signals);
  void enter();
  void leave();
  Event take_signal();

  termios before_;
  sigset_t mask_;  // of before
  Fd signals_;
  bool owns_ = true;
  char key_ = 0;
};

}  // namespace penstock::console
