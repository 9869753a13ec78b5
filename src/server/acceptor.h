// SPDX-License-Identifier: MIT
// One listening socket in one worker: takes its connections, or leaves them to other workers.
#pragma once

#include <cstddef>

#include "base/fd.h"
#include "net/loop.h"
#include "server/port.h"

namespace penstock::server {

class Worker;

class Acceptor final : public net::Watcher {
 public:
  Acceptor(Fd listener, Port port, Worker& worker);
  ~Acceptor();

  /// Starts to take connections. Does nothing where it already does.
  Result<> resume();
  /// Connections that the kernel may have offered to this worker alone: it takes them first, or
  /// leaves them to another worker's look().
  enum class LastOnes { Accept, Leave };
  void pause(LastOnes last);
  /// The same for good. Its port() stays: connections that live on refer to it.
  void close(LastOnes last);
  /// Takes what waits, though no event told of it: a worker that was told may have died.
  void look();

  const Port& port() const { return port_; }

  void on_ready(std::uint32_t events) override;

 private:
  int accept_some(int most);
  void let_others_go_first();

  Worker& worker_;
  const Port port_;
  Fd listener_;
  bool accepting_ = false;
  int accepted_ = 0;             // since it let others go first
  std::size_t open_before_ = 0;  // the fewest that the worker had open since then
};

}  // namespace penstock::server
