// SPDX-License-Identifier: MIT
#include "spawn/outlet.h"

#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <ctime>

namespace penstock::spawn {
namespace {

/// write(2) without SIGPIPE, whatever the host made of that signal: pipes know no MSG_NOSIGNAL.
ssize_t write_quietly(int fd, std::string_view bytes) {
  sigset_t pipe_signal;
  sigset_t before;
  sigset_t pending;
  sigemptyset(&pipe_signal);
  sigaddset(&pipe_signal, SIGPIPE);
  sigpending(&pending);
  pthread_sigmask(SIG_BLOCK, &pipe_signal, &before);
  const ssize_t written = ::write(fd, bytes.data(), bytes.size());
  const int reason = errno;
  if (written < 0 && reason == EPIPE && sigismember(&pending, SIGPIPE) == 0) {
    const timespec at_once{};
    sigtimedwait(&pipe_signal, nullptr, &at_once);
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = reason;
  return written;
}

}  // namespace

void Outlet::push(Piece piece) {
  if (piece.bytes.empty() || broken_ || !is_open()) return;
  pending_ += piece.bytes.size();
  pieces_.push_back(std::move(piece));
}

void Outlet::pump() {
  while (pending_ > 0 && is_open()) {
    Piece& piece = pieces_.front();
    const ssize_t written = write_quietly(pipe_.get(), piece.bytes);
    if (written < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (written < 0) {
      broken_ = true;
      pieces_.clear();
      pending_ = 0;
      return;
    }
    const auto bytes = static_cast<std::size_t>(written);
    pending_ -= bytes;
    piece.bytes.remove_prefix(bytes);
    if (piece.bytes.empty()) pieces_.pop_front();
  }
}

void Outlet::close() {
  pipe_.reset();
  pieces_.clear();
  pending_ = 0;
}

}  // namespace penstock::spawn
