// SPDX-License-Identifier: MIT
// Shows snapshots to whoever connects to --stats and --metrics, from the master's loop. Nobody
// who is slow or hostile there holds up the master or another visitor.
#pragma once

#include <list>
#include <memory>
#include <vector>

#include "base/result.h"
#include "config/config.h"
#include "net/listener.h"
#include "net/loop.h"
#include "supervisor/listeners.h"
#include "supervisor/stats_page.h"

namespace penstock::supervisor {

struct StatsListener {
  StatsKind kind = StatsKind::Json;
  net::Listener listener;
  service::OwnedFile file;
  std::string configured;  // the address as the configuration names it
};

/// Opens what --stats and --metrics name, or takes it out of the heritage; each gets a line in the
/// log.
Result<std::vector<StatsListener>> open_stats_listeners(const config::Config& config,
                                                        Heritage* heritage = nullptr);

class StatsServer {
 public:
  static constexpr std::size_t kMostVisitors = 64;  // the oldest goes for another one

  /// The loop outlives it.
  static Result<std::unique_ptr<StatsServer>> create(net::Loop& loop,
                                                     std::vector<StatsListener> listeners,
                                                     RenderStats render);
  StatsServer(const StatsServer&) = delete;
  StatsServer& operator=(const StatsServer&) = delete;
  ~StatsServer();

  /// The files of its UNIX sockets are another program's now.
  void leave_files();

  std::size_t visitors() const { return visitors_.size(); }

 private:
  class Door;
  class Visitor;
  StatsServer(net::Loop& loop, RenderStats render);
  void enter(Fd socket, StatsKind kind);
  void leave(Visitor& visitor);

  net::Loop& loop_;
  RenderStats render_;
  std::vector<std::unique_ptr<Door>> doors_;
  std::list<std::unique_ptr<Visitor>> visitors_;  // the oldest first
};

}  // namespace penstock::supervisor
