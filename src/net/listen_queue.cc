// SPDX-License-Identifier: MIT
// TCP: tcp_info of a listening socket says other things than of a connection. UNIX: only
// sock_diag(7) knows.
#include "net/listen_queue.h"

#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>
#include <optional>
#include <string>

#include "base/fd.h"
#include "base/text.h"

namespace penstock::net {
namespace {

ListenQueue tcp_queue(int listener) {
  ListenQueue queue;
  tcp_info info{};
  socklen_t size = sizeof info;
  if (::getsockopt(listener, IPPROTO_TCP, TCP_INFO, &info, &size) == 0) {
    queue.waiting = info.tcpi_unacked;
    queue.limit = info.tcpi_sacked;
  }
  return queue;
}

// The macros of netlink(3) mix signs.
constexpr std::size_t aligned(std::size_t size) {
  return (size + 3) / 4 * 4;
}
constexpr std::size_t kAttributeHead = aligned(sizeof(nlattr));

struct UnixQuestion {
  nlmsghdr head{};
  unix_diag_req request{};
};

/// The attribute UNIX_DIAG_RQLEN of one answer.
std::optional<unix_diag_rqlen> find_queue(const char* bytes, std::size_t size) {
  nlmsghdr head{};
  if (size < sizeof head) return std::nullopt;
  std::memcpy(&head, bytes, sizeof head);
  if (head.nlmsg_type != SOCK_DIAG_BY_FAMILY || head.nlmsg_len > size) return std::nullopt;
  std::size_t at = aligned(sizeof(nlmsghdr)) + sizeof(unix_diag_msg);
  nlattr attribute{};
  while (at + sizeof attribute <= head.nlmsg_len) {
    std::memcpy(&attribute, bytes + at, sizeof attribute);
    unix_diag_rqlen found{};
    if (attribute.nla_type == UNIX_DIAG_RQLEN &&
        attribute.nla_len >= kAttributeHead + sizeof found &&
        at + kAttributeHead + sizeof found <= size) {
      std::memcpy(&found, bytes + at + kAttributeHead, sizeof found);
      return found;
    }
    if (attribute.nla_len < kAttributeHead) return std::nullopt;
    at += aligned(attribute.nla_len);
  }
  return std::nullopt;
}

ListenQueue unix_queue(int listener) {
  struct stat about {};
  const Fd netlink{::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG)};
  if (!netlink || ::fstat(listener, &about) < 0) return {};
  UnixQuestion question;
  question.head.nlmsg_len = sizeof question;
  question.head.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  question.head.nlmsg_flags = NLM_F_REQUEST;
  question.request.sdiag_family = AF_UNIX;
  question.request.udiag_states = ~0U;
  question.request.udiag_ino = static_cast<std::uint32_t>(about.st_ino);
  question.request.udiag_show = UDIAG_SHOW_RQLEN;
  question.request.udiag_cookie[0] = question.request.udiag_cookie[1] = ~0U;
  if (::send(netlink.get(), &question, sizeof question, 0) < 0) return {};
  std::array<char, 1024> answer{};
  // The kernel has answered before send() returned.
  const ssize_t got = ::recv(netlink.get(), answer.data(), answer.size(), MSG_DONTWAIT);
  if (got < 0) return {};
  const auto found = find_queue(answer.data(), static_cast<std::size_t>(got));
  return found ? ListenQueue{found->udiag_rqueue, found->udiag_wqueue} : ListenQueue{};
}

}  // namespace

ListenQueue listen_queue(int listener) {
  int family = 0;
  socklen_t size = sizeof family;
  if (::getsockopt(listener, SOL_SOCKET, SO_DOMAIN, &family, &size) < 0) return {};
  return family == AF_UNIX ? unix_queue(listener) : tcp_queue(listener);
}

/// A line of names, then a line with as many values.
std::uint64_t listen_overflows() {
  std::ifstream file("/proc/self/net/netstat");
  std::string names;
  std::string values;
  while (std::getline(file, names) && std::getline(file, values)) {
    if (!names.starts_with("TcpExt:")) continue;
    const auto columns = text::split(names, ' ');
    const auto numbers = text::split(values, ' ');
    const auto found = std::find(columns.begin(), columns.end(), "ListenOverflows");
    const auto index = static_cast<std::size_t>(found - columns.begin());
    return index < numbers.size() ? text::parse_unsigned(numbers[index]).value_or(0) : 0;
  }
  return 0;
}

}  // namespace penstock::net
