// SPDX-License-Identifier: MIT
#include "load/connection.h"

#include <sys/epoll.h>
#include <sys/socket.h>

namespace penstock::bench {

bool Connection::open() {
  auto socket = plan_.address.connect(client_);
  if (!socket) return false;
  socket_ = std::move(*socket);
  ++opened_;
  reader_.reset();
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.ptr = this;
  return ::epoll_ctl(epoll_, EPOLL_CTL_ADD, socket_.get(), &event) == 0;
}

void Connection::ask(std::size_t count, SteadyTime begin) {
  outstanding_ = count;
  begin_ = begin;
  retry();
}

void Connection::retry() {
  unsent_ = std::string_view(plan_.batch).substr(0, outstanding_ * plan_.request_size);
  if (!socket_ && !open()) return ended(/*broken=*/true);
  send();
}

void Connection::send() {
  while (!unsent_.empty()) {
    const ssize_t count = ::send(socket_.get(), unsent_.data(), unsent_.size(), MSG_NOSIGNAL);
    if (count < 0) {
      // ENOTCONN: the connection is in the making; epoll tells when it is there. Another error
      // shows at the next read, with what the server may have said before it.
      return;
    }
    unsent_.remove_prefix(static_cast<std::size_t>(count));
  }
}

void Connection::on_ready(std::uint32_t events, std::span<char> buffer) {
  if (!socket_) return;
  if ((events & EPOLLOUT) && !unsent_.empty()) send();
  const bool ended = (events & (EPOLLRDHUP | EPOLLERR | EPOLLHUP)) != 0;
  if (ended || (events & EPOLLIN)) receive(buffer, ended);
}

/// `to_the_end`: the server has closed, of which no other event will tell.
void Connection::receive(std::span<char> buffer, bool to_the_end) {
  const std::uint64_t generation = opened_;
  for (;;) {
    const ssize_t count = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (count == 0) return server_closed();
    if (count < 0) {
      // The server closed before it had read what was sent last.
      if (errno == ECONNRESET) return server_closed();
      if (errno != EAGAIN) ended(/*broken=*/true);
      return;
    }
    const auto size = static_cast<std::size_t>(count);
    if (!take({buffer.data(), size}) || !socket_ || opened_ != generation) return;
    // An edge comes with whatever arrives later, so a short read was the last for now.
    if (size < buffer.size() && !to_the_end) return;
  }
}

/// False: the connection is not the same any more.
bool Connection::take(std::string_view bytes) {
  for (;;) {
    switch (reader_.read(bytes)) {
      case AnswerReader::Progress::More:
        return true;
      case AnswerReader::Progress::Bad:
        ended(/*broken=*/true);
        return false;
      case AnswerReader::Progress::Complete:
        if (outstanding_ == 0) {
          ended(/*broken=*/true);
          return false;
        }
        const bool closes = reader_.closes() || plan_.close;
        if (closes) socket_.reset();
        take_answer();
        if (closes) return false;
    }
  }
}

void Connection::take_answer() {
  --outstanding_;
  owner_.answered(*this, reader_.status(), reader_.body_bytes());
  if (outstanding_ == 0) {
    owner_.idle(*this);
  } else if (!socket_) {
    retry();
  }
}

void Connection::server_closed() {
  using Progress = AnswerReader::Progress;
  socket_.reset();
  const Progress progress = reader_.end();
  if (outstanding_ == 0) return;
  if (progress == Progress::Complete) return take_answer();
  ended(progress == Progress::Bad);
}

void Connection::ended(bool broken) {
  socket_.reset();
  unsent_ = {};
  owner_.ended(*this, broken);
}

}  // namespace penstock::bench
