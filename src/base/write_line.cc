// SPDX-License-Identifier: MIT
// Writing without being held up, by kind of descriptor: none of the ways works for all of them.
#include "base/write_line.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdio>

#include "base/clock.h"
#include "base/fd.h"

namespace penstock {
namespace {

constexpr milliseconds kPatience{200};

// Whether the last line was lost to a reader that does not read. The next one then does not wait,
// so that a stuck reader costs the server one pause and not one a line. Process-wide since it is
// about what the descriptor leads to; a wrong value only costs one wait or one line.
std::atomic<bool> reader_is_stuck{false};

bool wait_writable(int fd, SteadyTime until) {
  for (;;) {
    const auto left = std::chrono::ceil<milliseconds>(until - steady_now());
    pollfd wanted{fd, POLLOUT, 0};
    const int ready = ::poll(&wanted, 1, static_cast<int>(std::max(left, 0ms).count()));
    if (ready > 0) return true;
    if (ready == 0 || errno != EINTR) return false;
  }
}

// A piece of at most PIPE_BUF fits whenever poll(2) calls the pipe writable, unless another writer
// was quicker: from Linux 6.4 on RWF_NOWAIT covers that too.
ssize_t write_pipe(int fd, std::string_view piece) {
  iovec part{const_cast<char*>(piece.data()), std::min<std::size_t>(piece.size(), PIPE_BUF)};
  const ssize_t written = ::pwritev2(fd, &part, 1, -1, RWF_NOWAIT);
  if (written >= 0 || (errno != EOPNOTSUPP && errno != ENOSYS && errno != EINVAL)) return written;
  return ::write(fd, part.iov_base, part.iov_len);
}

// A terminal that poll(2) calls writable may still have too little room. Opened once more, it can
// be O_NONBLOCK for us alone. Without /proc, or without the right to open it, the wait has to do.
ssize_t write_terminal(int fd, std::string_view rest) {
  std::array<char, 32> name{};
  std::snprintf(name.data(), name.size(), "/proc/self/fd/%d", fd);
  const Fd again(::open(name.data(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  return ::write(again ? again.get() : fd, rest.data(), rest.size());
}

ssize_t write_some(int fd, mode_t kind, std::string_view rest) {
  if (S_ISSOCK(kind)) return ::send(fd, rest.data(), rest.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (S_ISFIFO(kind)) return write_pipe(fd, rest);
  if (S_ISCHR(kind)) return write_terminal(fd, rest);
  return ::write(fd, rest.data(), rest.size());
}

}  // namespace

std::size_t write_bytes(int fd, std::string_view bytes) noexcept {
  struct stat about;
  if (::fstat(fd, &about) != 0) return 0;
  const bool may_block = !S_ISREG(about.st_mode);
  const SteadyTime until =
      steady_now() +
      (reader_is_stuck.load(std::memory_order_relaxed) ? milliseconds(0) : kPatience);
  std::string_view rest = bytes;
  while (!rest.empty()) {
    if (may_block && !wait_writable(fd, until)) {
      reader_is_stuck.store(true, std::memory_order_relaxed);
      return bytes.size() - rest.size();
    }
    const ssize_t written = write_some(fd, about.st_mode, rest);
    if (written > 0) {
      rest.remove_prefix(static_cast<std::size_t>(written));
    } else if (written == 0 || (errno != EINTR && errno != EAGAIN) || steady_now() > until) {
      return bytes.size() - rest.size();
    }
  }
  if (may_block) reader_is_stuck.store(false, std::memory_order_relaxed);
  return bytes.size();
}

bool write_line(int fd, std::string_view line) noexcept {
  return write_bytes(fd, line) == line.size();
}

}  // namespace penstock
