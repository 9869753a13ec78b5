// SPDX-License-Identifier: MIT
// The few control sequences that every terminal since the VT220 knows.
#include "console/terminal.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <utility>

namespace penstock::console {
namespace {

constexpr std::string_view kEnter = "\x1b[?1049h\x1b[?25l\x1b[2J";  // other screen, no cursor
constexpr std::string_view kLeave = "\x1b[0m\x1b[?25h\x1b[?1049l";

void write_all(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t done = ::write(STDOUT_FILENO, bytes.data(), bytes.size());
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(done));
  }
}

winsize size_now() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_row == 0 || size.ws_col == 0)
    return {24, 80, 0, 0};
  return size;
}

sigset_t events() {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGWINCH})
    ::sigaddset(&set, signal);
  return set;
}

}  // namespace

Result<Terminal> Terminal::open() {
  termios before{};
  if (::isatty(STDOUT_FILENO) == 0 || ::tcgetattr(STDIN_FILENO, &before) < 0)
    return fail("this needs a terminal; \"penstock status\" does not");
  const sigset_t wanted = events();
  Fd signals{::signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK)};
  if (!signals) return os_error("signalfd");
  sigset_t mask;
  ::sigprocmask(SIG_BLOCK, &wanted, &mask);
  return Terminal(before, mask, std::move(signals));
}

Terminal::Terminal(const termios& before, const sigset_t& mask, Fd signals)
    : before_(before), mask_(mask), signals_(std::move(signals)) {
  enter();
}

Terminal::Terminal(Terminal&& other) noexcept
    : before_(other.before_),
      mask_(other.mask_),
      signals_(std::move(other.signals_)),
      owns_(std::exchange(other.owns_, false)) {}

Terminal::~Terminal() {
  if (!owns_) return;
  leave();
  ::sigprocmask(SIG_SETMASK, &mask_, nullptr);
}

void Terminal::enter() {
  termios raw = before_;
  raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
  raw.c_cc[VMIN] = 0;
  raw.c_cc[VTIME] = 0;
  ::tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
  write_all(kEnter);
}

void Terminal::leave() {
  write_all(kLeave);
  ::tcsetattr(STDIN_FILENO, TCSADRAIN, &before_);
}

int Terminal::rows() const {
  return size_now().ws_row;
}

int Terminal::columns() const {
  return size_now().ws_col;
}

void Terminal::show(const std::vector<Line>& lines) {
  std::string out = "\x1b[H";
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (i > 0) out += "\r\n";
    if (lines[i].is_heading) out += "\x1b[7m";
    out += lines[i].text;
    if (lines[i].is_heading) out += "\x1b[0m";
    out += "\x1b[K";
  }
  write_all(out + "\x1b[J");
}

Terminal::Event Terminal::wait(milliseconds longest) {
  pollfd both[] = {{STDIN_FILENO, POLLIN, 0}, {signals_.get(), POLLIN, 0}};
  const int ready = ::poll(both, 2, static_cast<int>(std::max(longest, 0ms).count()));
  if (ready <= 0) return Event::None;
  if ((both[1].revents & POLLIN) != 0) return take_signal();
  const ssize_t got = ::read(STDIN_FILENO, &key_, 1);
  // No byte, though it is ready: the terminal is gone.
  return got == 1 ? Event::Key : Event::Quit;
}

Terminal::Event Terminal::take_signal() {
  signalfd_siginfo info{};
  if (::read(signals_.get(), &info, sizeof info) != sizeof info) return Event::None;
  if (info.ssi_signo == SIGWINCH) return Event::Redraw;
  if (info.ssi_signo != SIGTSTP) return Event::Quit;
  leave();
  ::raise(SIGSTOP);
  enter();
  return Event::Redraw;
}

}  // namespace penstock::console
