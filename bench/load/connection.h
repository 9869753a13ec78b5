// SPDX-License-Identifier: MIT
// One client: it asks, reads the answers, and connects again where the server closes.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/fd.h"
#include "load/address.h"
#include "load/answer_reader.h"

namespace penstock::bench {

/// What every connection sends.
struct Plan {
  ServerAddress address;
  Protocol protocol = Protocol::Http;
  bool close = false;  // each request has a connection of its own
  std::size_t pipeline = 1;
  std::size_t request_size = 0;
  std::string batch;  // `pipeline` requests
};

class Connection {
 public:
  /// Who is told what happened. A call may ask the connection again.
  class Owner {
   public:
    virtual void answered(Connection& connection, int status, std::uint64_t body_bytes) = 0;
    /// All that was asked is answered.
    virtual void idle(Connection& connection) = 0;
    /// The connection ended, in the middle of an answer if `broken`, else before the server had
    /// seen the request. What is not answered is asked again by retry(), not within this call.
    virtual void ended(Connection& connection, bool broken) = 0;

   protected:
    ~Owner() = default;
  };

  /// Client number `client`. `plan`, `owner` and the epoll outlive it.
  Connection(const Plan& plan, int epoll, Owner& owner, std::size_t client)
      : plan_(plan), epoll_(epoll), owner_(owner), client_(client), reader_(plan.protocol) {}

  /// False: the server cannot be reached; the owner is not told.
  bool open();

  /// Sends `count` requests (at most the plan's pipeline) that begin, as the owner counts, at
  /// `begin`.
  void ask(std::size_t count, SteadyTime begin);
  SteadyTime begin() const { return begin_; }
  bool waits() const { return outstanding_ > 0; }
  /// Sends what is outstanding, on a new connection if there is none.
  void retry();

  /// Something came from epoll. `buffer` is lent for the time of the call.
  void on_ready(std::uint32_t events, std::span<char> buffer);

  std::uint64_t opened() const { return opened_; }
  std::uint64_t answers = 0;  // the owner's count

 private:
  void send();
  void receive(std::span<char> buffer, bool to_the_end);
  bool take(std::string_view bytes);
  void take_answer();
  void server_closed();
  void ended(bool broken);

  const Plan& plan_;
  const int epoll_;
  Owner& owner_;
  const std::size_t client_;
  Fd socket_;
  AnswerReader reader_;
  std::string_view unsent_;
  std::size_t outstanding_ = 0;  // requests without an answer
  SteadyTime begin_{};
  std::uint64_t opened_ = 0;
};

}  // namespace penstock::bench
