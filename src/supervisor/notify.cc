// SPDX-License-Identifier: MIT
// One datagram a state.
#include "supervisor/notify.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>

#include "base/fd.h"
#include "base/log.h"
#include "base/result.h"
#include "base/text.h"

namespace penstock::supervisor {
namespace {

constexpr std::uint64_t kLongestWatchdog = 365ULL * 24 * 3600 * 1'000'000;  // microseconds

Result<> send_datagram(std::string_view to, std::string_view bytes) {
  sockaddr_un address{};
  if (to.size() >= sizeof address.sun_path || (to[0] != '/' && to[0] != '@'))
    return fail("not the address of a UNIX socket");
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, to.data(), to.size());
  if (to[0] == '@') address.sun_path[0] = '\0';
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + to.size());

  const Fd socket{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  if (!socket) return os_error("socket");
  if (::sendto(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
               reinterpret_cast<const sockaddr*>(&address), size) < 0)
    return os_error("sendto");
  return {};
}

}  // namespace

Notifier Notifier::take_from_environment() {
  const char* value = std::getenv("NOTIFY_SOCKET");
  Notifier notifier(value ? value : "");
  ::unsetenv("NOTIFY_SOCKET");
  return notifier;
}

std::optional<milliseconds> take_watchdog_from_environment() {
  const auto take = [](const char* name) {
    const char* const value = std::getenv(name);
    const auto number = text::parse_unsigned(value ? value : "");
    ::unsetenv(name);
    return number;
  };
  const auto interval = take("WATCHDOG_USEC");
  const auto pid = take("WATCHDOG_PID");
  if (pid && *pid != static_cast<std::uint64_t>(::getpid())) return std::nullopt;
  if (!interval || *interval < 2000 || *interval > kLongestWatchdog) return std::nullopt;
  return milliseconds(*interval / 1000);
}

void Notifier::send(std::string_view state) const {
  if (socket_.empty()) return;
  if (const auto sent = send_datagram(socket_, state); !sent)
    log::warning("NOTIFY_SOCKET {}: {}", socket_, sent.error().what);
}

}  // namespace penstock::supervisor
