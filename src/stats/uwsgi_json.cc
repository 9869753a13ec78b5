// SPDX-License-Identifier: MIT
// Keys come in uWSGI's order. The library writes what it is given and throws nothing here: bytes
// that are not UTF-8 are replaced.
#include "stats/uwsgi_json.h"

#include <nlohmann/json.hpp>
#include <string_view>

namespace penstock::stats {
namespace {

using Json = nlohmann::ordered_json;

std::string_view name_of(WorkerState state) {
  switch (state) {
    case WorkerState::Absent:
      return "absent";
    case WorkerState::Starting:
      return "starting";
    case WorkerState::Ready:
      return "ready";
    case WorkerState::Stopping:
      return "stopping";
  }
  return "absent";
}

/// "GET /path" as the variables that uWSGI would show. The last item is empty there too.
Json variables_of(const CoreSnapshot& core) {
  if (!core.in_request) return Json::array();
  const std::size_t blank = core.request.find(' ');
  Json all = Json::array();
  all.push_back("REQUEST_METHOD=" + core.request.substr(0, blank));
  if (blank != std::string::npos) all.push_back("REQUEST_URI=" + core.request.substr(blank + 1));
  if (!core.peer.empty()) all.push_back("REMOTE_ADDR=" + core.peer);
  all.push_back("");
  return all;
}

Json json_of(const CoreSnapshot& core, std::size_t id, std::uint64_t requests, std::int64_t now) {
  Json request_info = Json::object();
  if (core.in_request) request_info["request_start"] = now - core.age / 1'000'000'000;
  return {{"id", id},
          {"requests", requests},
          {"static_requests", 0},
          {"routed_requests", 0},
          {"offloaded_requests", 0},
          {"write_errors", 0},
          {"read_errors", 0},
          {"in_request", core.in_request ? 1 : 0},
          {"vars", variables_of(core)},
          {"req_info", std::move(request_info)},
          {"age", core.age / 1000}};
}

Json cores_of(const WorkerSnapshot& worker, const ProcessSnapshot& process, std::int64_t now) {
  Json cores = Json::array();
  for (std::size_t id = 0; id < process.cores.size(); ++id)
    cores.push_back(json_of(process.cores[id], id, worker.core_requests.at(id), now));
  return cores;
}

Json leaving_of(const WorkerSnapshot& worker, std::int64_t now, const JsonOptions& options) {
  Json leaving = Json::array();
  for (std::size_t i = 1; i < worker.processes.size(); ++i) {
    const ProcessSnapshot& process = worker.processes[i];
    Json one = {{"pid", process.pid},
                {"state", name_of(process.state)},
                {"last_spawn", process.started_at},
                {"running", process.running}};
    if (options.cores) one["cores"] = cores_of(worker, process, now);
    leaving.push_back(std::move(one));
  }
  return leaving;
}

Json answers_of(const Counts& counts) {
  return {{"1xx", counts.by_class[1]}, {"2xx", counts.by_class[2]}, {"3xx", counts.by_class[3]},
          {"4xx", counts.by_class[4]}, {"5xx", counts.by_class[5]}, {"other", counts.by_class[0]}};
}

/// uWSGI's words; Datadog and others know no more.
std::string_view status_of(const WorkerSnapshot& worker, const ProcessSnapshot& process) {
  if (worker.processes.empty()) return "cheap";
  return process.running > 0 ? "busy" : "idle";
}

Json json_of(const WorkerSnapshot& worker, const Snapshot& all, const JsonOptions& options) {
  const ProcessSnapshot process =
      worker.processes.empty() ? ProcessSnapshot{} : worker.processes.front();
  Json app = {{"id", 0},
              {"modifier1", 0},
              {"mountpoint", ""},
              {"startup_time", 0},
              {"requests", worker.counts.requests},
              {"exceptions", worker.counts.exceptions},
              {"chdir", ""}};
  Json json = {{"id", worker.number},
               {"pid", process.pid},
               {"accepting", process.accepting ? 1 : 0},
               {"requests", worker.counts.requests},
               {"delta_requests", process.requests},
               {"exceptions", worker.counts.exceptions},
               {"harakiri_count", worker.counts.harakiris},
               {"signals", 0},
               {"signal_queue", 0},
               {"status", status_of(worker, process)},
               {"rss", process.rss},
               {"vsz", process.vsz},
               {"running_time", worker.counts.running_time},
               {"last_spawn", process.started_at},
               {"respawn_count", worker.starts},
               {"tx", worker.counts.bytes_sent},
               {"avg_rt", process.average_time},
               {"apps", Json::array({std::move(app)})},
               {"state", name_of(process.state)},
               {"connections", process.connections},
               {"running", process.running},
               {"waiting", process.waiting},
               {"saturated", process.saturated},
               {"queue_timeouts", worker.counts.queue_timeouts},
               {"answers", answers_of(worker.counts)}};
  if (options.cores) json["cores"] = cores_of(worker, process, all.now);
  if (worker.processes.size() > 1) json["leaving"] = leaving_of(worker, all.now, options);
  return json;
}

Json json_of(const SocketSnapshot& socket) {
  return {{"name", socket.name},   {"proto", socket.protocol},
          {"queue", socket.queue}, {"max_queue", socket.max_queue},
          {"shared", 0},           {"can_offload", 0}};
}

}  // namespace

std::string uwsgi_json(const Snapshot& snapshot, const JsonOptions& options) {
  std::uint64_t queue = 0;
  Json sockets = Json::array();
  for (const SocketSnapshot& socket : snapshot.sockets) {
    queue += socket.queue;
    sockets.push_back(json_of(socket));
  }
  Json workers = Json::array();
  for (const WorkerSnapshot& worker : snapshot.workers)
    workers.push_back(json_of(worker, snapshot, options));
  const Json json = {{"version", snapshot.version},
                     {"listen_queue", queue},
                     {"listen_queue_errors", snapshot.listen_overflows},
                     {"signal_queue", 0},
                     {"load", queue},
                     {"pid", snapshot.pid},
                     {"uid", snapshot.uid},
                     {"gid", snapshot.gid},
                     {"cwd", snapshot.folder},
                     {"locks", Json::array()},
                     {"sockets", std::move(sockets)},
                     {"workers", std::move(workers)},
                     {"server", "penstock"},
                     {"started_at", snapshot.started_at},
                     {"now", snapshot.now}};
  return json.dump(options.minified ? -1 : 1, '\t', true, Json::error_handler_t::replace);
}

}  // namespace penstock::stats
