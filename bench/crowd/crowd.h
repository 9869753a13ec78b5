// SPDX-License-Identifier: MIT
// Clients that only take up room while another program puts load on the server: idle ones that
// keep a connection, dripping ones that send their request a byte a second, and sipping ones that
// read a large answer 1 KiB a second.
#pragma once

#include <sys/epoll.h>

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/fd.h"
#include "base/result.h"
#include "load/address.h"
#include "load/response_reader.h"

namespace penstock::bench {

struct CrowdOptions {
  std::size_t idle = 0;
  std::size_t drip = 0;
  std::size_t sip = 0;
  std::string sip_target = "/large";
};

class Crowd {
 public:
  static Result<std::unique_ptr<Crowd>> connect(const ServerAddress& address,
                                                const CrowdOptions& options);

  /// Every client has begun: the idle ones are answered once.
  bool settled() const { return unanswered_ == 0; }

  /// Does what is due; waits for a moment at most.
  void turn();

  std::size_t connected() const { return clients_.size() - closed_; }
  std::size_t closed() const { return closed_; }

 private:
  enum class Manner { Idle, Drip, Sip };
  struct Client {
    Manner manner;
    Fd socket;
    ResponseReader reader;
    std::size_t sent = 0;
    bool answered = false;
    SteadyTime next{};  // when a slow one moves on
  };

  explicit Crowd(Fd epoll);
  Result<> add(const ServerAddress& address, Manner manner, const std::string& target);
  void read_answer(Client& client);
  void move_on(Client& client, SteadyTime now);
  void close(Client& client);

  Fd epoll_;
  std::string drip_request_;
  std::vector<std::unique_ptr<Client>> clients_;
  std::size_t unanswered_ = 0;
  std::size_t closed_ = 0;
  std::size_t next_slow_ = 0;
};

}  // namespace penstock::bench
