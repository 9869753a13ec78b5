// SPDX-License-Identifier: MIT
#include "supervisor/observer.h"

#include <filesystem>
#include <system_error>

#include "config/protocol.h"
#include "net/listen_queue.h"

namespace penstock::supervisor {
namespace {

std::string address_of(const BoundListener& bound) {
  const net::Address& address = bound.listener.address;
  return address.path().empty() ? address.text() : address.path();
}

}  // namespace

Observer::Observer()
    : started_at_(wall_micros() / 1'000'000), overflows_before_(net::listen_overflows()) {}

void Observer::close(Version& version) {
  ledger_.close(version.scoreboard(), version.config().worker.processes);
}

stats::Snapshot Observer::look(std::span<Version* const> versions) {
  stats::Snapshot snapshot;
  snapshot.version = PENSTOCK_VERSION;
  snapshot.pid = ::getpid();
  snapshot.uid = ::getuid();
  snapshot.gid = ::getgid();
  std::error_code ignored;
  snapshot.folder = std::filesystem::current_path(ignored).string();
  snapshot.started_at = started_at_;
  snapshot.now = wall_micros() / 1'000'000;
  const SteadyTime now = steady_now();
  snapshot.workers = ledger_.workers();
  for (Version* const version : versions)
    stats::add_workers(version->scoreboard(), version->config().worker.processes, now,
                       snapshot.workers);
  if (!refreshed_at_ || now - *refreshed_at_ >= kFresh) {
    refresh(snapshot, versions.front()->listeners());
    refreshed_at_ = now;
  }
  snapshot.sockets = sockets_;
  snapshot.listen_overflows = overflows_;
  for (stats::WorkerSnapshot& worker : snapshot.workers) {
    for (stats::ProcessSnapshot& process : worker.processes) {
      const auto found = memory_.find(process.pid);
      if (found == memory_.end()) continue;
      process.rss = found->second.resident;
      process.vsz = found->second.address_space;
    }
  }
  return snapshot;
}

void Observer::refresh(const stats::Snapshot& snapshot, const Listeners& listeners) {
  memory_.clear();
  for (const stats::WorkerSnapshot& worker : snapshot.workers)
    for (const stats::ProcessSnapshot& process : worker.processes)
      if (process.pid != 0) memory_[process.pid] = memory_of(process.pid);
  sockets_.clear();
  for (const auto& bound : listeners) {
    const net::ListenQueue queue = net::listen_queue(bound->listener.fd.get());
    sockets_.push_back({address_of(*bound), std::string(config::protocol_name(bound->protocol)),
                        queue.waiting, queue.limit});
  }
  overflows_ = net::listen_overflows() - overflows_before_;
}

}  // namespace penstock::supervisor
