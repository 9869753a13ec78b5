// SPDX-License-Identifier: MIT
#include "crowd/crowd.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <span>

#include "load/request.h"

namespace penstock::bench {
namespace {

constexpr seconds kPace{1};
constexpr std::size_t kSip = 1024;
constexpr std::size_t kLookedAt = 64;  // slow clients in one turn

/// Connections come one after the other: a full queue of the kernel is not what is measured.
Result<> wait_until_connected(const Fd& socket) {
  pollfd wanted{socket.get(), POLLOUT, 0};
  if (::poll(&wanted, 1, 10'000) != 1) return fail("a connection is not accepted within 10 s");
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return os_error("connect", error);
  return {};
}

/// False: the peer takes nothing more.
bool send_all(const Fd& socket, std::string_view bytes) {
  return ::send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
         static_cast<ssize_t>(bytes.size());
}

}  // namespace

Crowd::Crowd(Fd epoll)
    : epoll_(std::move(epoll)), drip_request_(encode_request(Protocol::Http, {.browser = true})) {}

Result<std::unique_ptr<Crowd>> Crowd::connect(const ServerAddress& address,
                                              const CrowdOptions& options) {
  Fd epoll(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll) return os_error("epoll_create1");
  std::unique_ptr<Crowd> crowd(new Crowd(std::move(epoll)));
  for (std::size_t i = 0; i < options.idle; ++i)
    TRY(crowd->add(address, Manner::Idle, "/"));
  for (std::size_t i = 0; i < options.drip; ++i)
    TRY(crowd->add(address, Manner::Drip, "/"));
  for (std::size_t i = 0; i < options.sip; ++i) {
    TRY(crowd->add(address, Manner::Sip, options.sip_target));
  }
  return crowd;
}

Result<> Crowd::add(const ServerAddress& address, Manner manner, const std::string& target) {
  auto client = std::make_unique<Client>();
  client->manner = manner;
  client->socket = TRY(address.connect(clients_.size()));
  TRY(wait_until_connected(client->socket));
  // Spread over the second, so that they do not come in one wave.
  client->next = steady_now() + kPace * static_cast<int>(clients_.size() % 97) / 97;
  if (manner == Manner::Sip) {
    const int small = 4096;
    ::setsockopt(client->socket.get(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  }
  if (manner != Manner::Drip) {
    RequestOptions request;
    request.target = target;
    if (!send_all(client->socket, encode_request(Protocol::Http, request))) return os_error("send");
  }
  if (manner == Manner::Idle) {
    ++unanswered_;
    epoll_event event{};
    event.events = EPOLLIN | EPOLLRDHUP;
    event.data.ptr = client.get();
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, client->socket.get(), &event) < 0) {
      return os_error("epoll_ctl");
    }
  }
  clients_.push_back(std::move(client));
  return {};
}

void Crowd::turn() {
  std::array<epoll_event, 256> events;
  const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), 10);
  for (int i = 0; i < count; ++i) {
    read_answer(*static_cast<Client*>(events[static_cast<std::size_t>(i)].data.ptr));
  }
  const SteadyTime now = steady_now();
  for (std::size_t looked = 0; looked < std::min(kLookedAt, clients_.size()); ++looked) {
    next_slow_ = (next_slow_ + 1) % clients_.size();
    Client& client = *clients_[next_slow_];
    if (client.socket && client.manner != Manner::Idle && client.next <= now) move_on(client, now);
  }
}

void Crowd::read_answer(Client& client) {
  std::array<char, 4096> buffer;
  const ssize_t count = ::recv(client.socket.get(), buffer.data(), buffer.size(), 0);
  if (count < 0 && errno == EAGAIN) return;
  if (count <= 0) return close(client);
  std::string_view bytes(buffer.data(), static_cast<std::size_t>(count));
  if (client.reader.read(bytes) == ResponseReader::Progress::Complete && !client.answered) {
    client.answered = true;
    --unanswered_;
  }
}

void Crowd::move_on(Client& client, SteadyTime now) {
  client.next = now + kPace;
  std::array<char, kSip> buffer;
  const ssize_t count = ::recv(client.socket.get(), buffer.data(), buffer.size(), 0);
  if (count == 0 || (count < 0 && errno != EAGAIN)) return close(client);
  if (client.manner != Manner::Drip) return;
  // The last byte is never sent: it would get an answer.
  if (client.sent + 1 == drip_request_.size()) return;
  if (!send_all(client.socket, std::string_view(drip_request_).substr(client.sent, 1))) {
    return close(client);
  }
  ++client.sent;
}

void Crowd::close(Client& client) {
  client.socket.reset();
  ++closed_;
  if (client.manner == Manner::Idle && !client.answered) --unanswered_;
}

}  // namespace penstock::bench
