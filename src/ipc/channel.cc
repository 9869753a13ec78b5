// SPDX-License-Identifier: MIT
// Messages are copied into the packet as they are: both ends come from one build (ipc/boot.h
// refuses another), on one machine.
#include "ipc/channel.h"

#include <sys/socket.h>

#include <array>
#include <cstring>
#include <type_traits>

namespace penstock::ipc {
namespace {

static_assert(std::is_trivially_copyable_v<Message>);

/// Room for one descriptor, aligned as the kernel's macros want it.
struct alignas(cmsghdr) Ancillary {
  std::array<char, CMSG_SPACE(sizeof(int))> bytes{};
};

msghdr header_for(iovec& body, Ancillary* ancillary) {
  msghdr header{};
  header.msg_iov = &body;
  header.msg_iovlen = 1;
  if (ancillary) {
    header.msg_control = ancillary->bytes.data();
    header.msg_controllen = ancillary->bytes.size();
  }
  return header;
}

/// Owns every descriptor that came along, also those that nobody expects.
Fd take_descriptor(msghdr& header) {
  Fd taken;
  for (cmsghdr* part = CMSG_FIRSTHDR(&header); part; part = CMSG_NXTHDR(&header, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int raw = -1;
      std::memcpy(&raw, CMSG_DATA(part) + i * sizeof(int), sizeof raw);
      taken.reset(raw);
    }
  }
  return taken;
}

bool is_known(Message::Kind kind) {
  return kind <= Message::kLastKind;
}

}  // namespace

Result<std::pair<Channel, Channel>> Channel::pair() {
  std::array<int, 2> ends{-1, -1};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) < 0)
    return os_error("socketpair");
  return std::pair(Channel(Fd(ends[0])), Channel(Fd(ends[1])));
}

Result<> Channel::send(const Message& message, int descriptor) {
  Message copy = message;
  iovec body{&copy, sizeof copy};
  Ancillary ancillary;
  msghdr header = header_for(body, descriptor >= 0 ? &ancillary : nullptr);
  if (descriptor >= 0) {
    cmsghdr* part = CMSG_FIRSTHDR(&header);
    part->cmsg_level = SOL_SOCKET;
    part->cmsg_type = SCM_RIGHTS;
    part->cmsg_len = CMSG_LEN(sizeof descriptor);
    std::memcpy(CMSG_DATA(part), &descriptor, sizeof descriptor);
  }
  if (::sendmsg(fd_.get(), &header, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) return os_error("sendmsg");
  return {};
}

Result<std::optional<Channel::Received>> Channel::receive(bool blocking) {
  Received received;
  iovec body{&received.message, sizeof received.message};
  Ancillary ancillary;
  msghdr header = header_for(body, &ancillary);
  const int flags = MSG_CMSG_CLOEXEC | (blocking ? 0 : MSG_DONTWAIT);
  ssize_t got = -1;
  do {
    got = ::recvmsg(fd_.get(), &header, flags);
    // ECONNRESET says, once, that the other end left messages of ours unread. What it sent
    // before is still here, and then comes the end of file.
  } while (got < 0 && errno == ECONNRESET);
  if (got < 0) return os_error("recvmsg");
  received.descriptor = take_descriptor(header);
  if (got == 0) return std::nullopt;
  if (static_cast<std::size_t>(got) != sizeof(Message) || (header.msg_flags & MSG_TRUNC) != 0 ||
      !is_known(received.message.kind))
    return fail("channel: a packet that is not a message");
  return std::optional<Received>(std::move(received));
}

}  // namespace penstock::ipc
