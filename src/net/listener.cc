// SPDX-License-Identifier: MIT
// Listening sockets: made here, inherited by number, or passed by systemd.
#include "net/listener.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "base/log.h"
#include "base/text.h"
#include "net/socket.h"
#include "net/unix_file.h"

namespace penstock::net {
namespace {

constexpr std::string_view kDescriptorScheme = "fd://";
constexpr int kFirstSystemdSocket = 3;

constexpr int kDeferSeconds = 1;  // then a silent client is handed over all the same

Result<> set_option(int socket, int level, int option) {
  const int on = 1;
  if (::setsockopt(socket, level, option, &on, sizeof on) < 0) return os_error("setsockopt");
  return {};
}

Result<int> get_option(int socket, int option) {
  int value = 0;
  socklen_t size = sizeof value;
  if (::getsockopt(socket, SOL_SOCKET, option, &value, &size) < 0) return os_error("getsockopt");
  return value;
}

/// The kernel's limit of waiting connections; without /proc it clamps in silence.
std::optional<std::uint64_t> queue_limit() {
  const Fd file(::open("/proc/sys/net/core/somaxconn", O_RDONLY | O_CLOEXEC));
  std::array<char, 32> digits{};
  const ssize_t size = file ? ::read(file.get(), digits.data(), digits.size()) : -1;
  if (size <= 0) return std::nullopt;
  return text::parse_unsigned(
      text::trim(std::string_view(digits.data(), static_cast<std::size_t>(size))));
}

int clamped_backlog(std::string_view address, int wanted) {
  wanted = std::max(wanted, 1);
  const auto limit = queue_limit();
  if (!limit || static_cast<std::uint64_t>(wanted) <= *limit) return wanted;
  log::warning(
      "{}: a listen queue of {} is more than net.core.somaxconn allows, so it is {} (sysctl "
      "-w net.core.somaxconn={} raises the limit)",
      address, wanted, *limit, wanted);
  return static_cast<int>(*limit);
}

/// What bind(2) or listen(2) refused, with the way out.
unexpected<Error> refused(const Address& address, std::string_view call) {
  switch (errno) {
    case EADDRINUSE:
      return os_error("another server listens there: stop it or choose another address");
    case EADDRNOTAVAIL:
      return os_error("no network interface of this machine has this address");
    case EACCES:
      if (address.port() == 0 || address.port() >= 1024) break;
      return os_error("a port below 1024 takes root or the capability CAP_NET_BIND_SERVICE");
    default:
      break;
  }
  return os_error(call);
}

Result<> bind_socket(int socket, const Address& address, const ListenOptions& options) {
  if (!address.path().empty()) return bind_unix_file(socket, address, options);
  if (!address.is_unix()) {
    // A restart must not wait for the last run's connections to leave TIME_WAIT.
    TRY(set_option(socket, SOL_SOCKET, SO_REUSEADDR));
    set_no_delay(socket);
    // The kernel keeps a connection to itself until there is something to read, which saves a
    // worker two system calls and a wake-up.
    if (options.client_speaks_first)
      ::setsockopt(socket, IPPROTO_TCP, TCP_DEFER_ACCEPT, &kDeferSeconds, sizeof kDeferSeconds);
    if (options.reuse_port) TRY(set_option(socket, SOL_SOCKET, SO_REUSEPORT));
  }
  // So that ":80" and "[::]:80" can stand side by side, on every system alike.
  if (address.family() == AF_INET6) TRY(set_option(socket, IPPROTO_IPV6, IPV6_V6ONLY));
  if (::bind(socket, address.raw(), address.size()) < 0) return refused(address, "bind");
  return {};
}

Result<Listener> open_listener(const Address& address, const ListenOptions& options) {
  Fd socket(::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket) return os_error("socket");
  TRY(bind_socket(socket.get(), address, options));
  if (::listen(socket.get(), clamped_backlog(address.text(), options.backlog)) < 0) {
    auto error = refused(address, "listen");
    if (const std::string path = address.path(); !path.empty()) ::unlink(path.c_str());
    return error;
  }
  auto bound = TRY(Address::local(socket.get()));
  return Listener{std::move(socket), bound};
}

std::string_view what_is(int fd) {
  struct stat about {};
  if (::fstat(fd, &about) < 0) return "not open";
  if (S_ISREG(about.st_mode)) return "a file";
  if (S_ISFIFO(about.st_mode)) return "a pipe";
  if (S_ISCHR(about.st_mode)) return "a terminal or another device";
  return S_ISSOCK(about.st_mode) ? "a socket" : "something else";
}

/// Whether `fd` is a socket that listen(2) was called on.
Result<> check_listening(int fd) {
  const auto type = get_option(fd, SO_TYPE);
  if (!type) return fail(fmt::format("this descriptor is {}, not a listening socket", what_is(fd)));
  const int listening = TRY(get_option(fd, SO_ACCEPTCONN));
  if (*type != SOCK_STREAM || listening == 0) {
    return fail("this descriptor is a socket that does not listen for connections");
  }
  const int family = TRY(get_option(fd, SO_DOMAIN));
  if (family == AF_INET || family == AF_INET6 || family == AF_UNIX) return {};
  return fail("this descriptor is a socket of a kind that is not TCP or UNIX");
}

Result<Listener> adopt_number(std::string_view digits) {
  const auto number = text::parse_unsigned(digits);
  if (!number || *number > 1'000'000) return fail("give the number of an open descriptor");
  const int fd = static_cast<int>(*number);
  TRY(check_listening(fd));
  // What came from outside came through exec; so this one is already somebody's in here.
  if ((::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0) {
    return fail("this descriptor was not passed to this process, or is used twice");
  }
  return adopt_listener(Fd(fd));
}

}  // namespace

Result<Listener> listen_on(std::string_view text, const ListenOptions& options) {
  const auto name_it = [text](Error error) { return std::move(error).about(text); };
  if (text.starts_with(kDescriptorScheme)) {
    return adopt_number(text.substr(kDescriptorScheme.size())).map_error(name_it);
  }
  const auto address = TRY(Address::parse(text));
  return open_listener(address, options).map_error(name_it);
}

Result<Listener> adopt_listener(Fd fd) {
  TRY(check_listening(fd.get()));
  const int flags = ::fcntl(fd.get(), F_GETFL);
  if (flags < 0 || ::fcntl(fd.get(), F_SETFL, flags | O_NONBLOCK) < 0 ||
      ::fcntl(fd.get(), F_SETFD, FD_CLOEXEC) < 0) {
    return os_error("fcntl");
  }
  set_no_delay(fd.get());
  auto address = TRY(Address::local(fd.get()));
  return Listener{std::move(fd), address};
}

bool is_listener(int fd) {
  return check_listening(fd).has_value();
}

Result<Fd> move_standard_input() {
  Fd moved(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
  if (!moved) return os_error("fcntl(F_DUPFD_CLOEXEC)");
  const Fd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (!null || ::dup2(null.get(), STDIN_FILENO) < 0) return os_error_about("/dev/null", "open");
  return moved;
}

std::vector<Fd> take_systemd_sockets() {
  const auto number_of = [](const char* name) {
    const char* const value = std::getenv(name);
    return value == nullptr ? std::nullopt : text::parse_unsigned(value);
  };
  std::vector<Fd> sockets;
  if (number_of("LISTEN_PID") == static_cast<std::uint64_t>(::getpid())) {
    const std::uint64_t count = number_of("LISTEN_FDS").value_or(0);
    for (std::uint64_t i = 0; i < count; ++i) {
      const int fd = kFirstSystemdSocket + static_cast<int>(i);
      if (::fcntl(fd, F_SETFD, FD_CLOEXEC) < 0) break;  // not open: the count is wrong
      sockets.emplace_back(fd);
    }
  }
  for (const char* name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"})
    ::unsetenv(name);
  return sockets;
}

}  // namespace penstock::net
