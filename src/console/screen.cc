// SPDX-License-Identifier: MIT
#include "console/screen.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace penstock::console {
namespace {

/// A worker with what happened to it since the last look.
struct Row {
  const WorkerRow* worker = nullptr;
  double rate = 0;            // requests a second
  std::uint64_t latency = 0;  // microseconds, of the requests since then; else the average
};

Row row_of(const WorkerRow& worker, const Frame& frame) {
  Row row{&worker, 0, worker.average_time};
  if (!frame.before || frame.seconds <= 0) return row;
  const auto& old = frame.before->workers;
  const auto found = std::find_if(old.begin(), old.end(),
                                  [&](const WorkerRow& one) { return one.id == worker.id; });
  if (found == old.end() || worker.requests <= found->requests) return row;
  const std::uint64_t requests = worker.requests - found->requests;
  row.rate = static_cast<double>(requests) / frame.seconds;
  if (worker.running_time >= found->running_time)
    row.latency = (worker.running_time - found->running_time) / requests;
  return row;
}

bool goes_before(const Row& a, const Row& b, SortBy sort) {
  switch (sort) {
    case SortBy::Worker:
      return a.worker->id < b.worker->id;
    case SortBy::Requests:
      return a.worker->requests > b.worker->requests;
    case SortBy::Rate:
      return a.rate > b.rate;
    case SortBy::Latency:
      return a.latency > b.latency;
    case SortBy::Memory:
      return a.worker->rss > b.worker->rss;
  }
  return false;
}

struct Sum {
  std::uint64_t requests = 0, exceptions = 0, harakiris = 0, respawns = 0, sent = 0, running = 0,
                waiting = 0, connections = 0, ready = 0;
  std::array<std::uint64_t, 6> answers{};
};

Sum sum_of(const View& view) {
  Sum sum;
  for (const WorkerRow& worker : view.workers) {
    sum.requests += worker.requests;
    sum.exceptions += worker.exceptions;
    sum.harakiris += worker.harakiris;
    sum.respawns += worker.respawns;
    sum.sent += worker.sent;
    sum.running += worker.running;
    sum.waiting += worker.waiting;
    sum.connections += worker.connections;
    sum.ready += worker.accepting ? 1 : 0;
    for (std::size_t i = 0; i < sum.answers.size(); ++i)
      sum.answers[i] += worker.answers[i];
  }
  return sum;
}

std::string title(const View& view) {
  std::string text = fmt::format("{} {}  pid {}", view.server, view.version, view.pid);
  if (view.uptime >= 0)
    text += "  up " + human_time(static_cast<std::uint64_t>(view.uptime) * 1'000'000);
  return text + "  " + view.folder;
}

std::string answers_line(const Sum& sum) {
  return fmt::format("2xx {}  3xx {}  4xx {}  5xx {}  exceptions {}  harakiris {}  respawns {}",
                     sum.answers[2], sum.answers[3], sum.answers[4], sum.answers[5], sum.exceptions,
                     sum.harakiris, sum.respawns);
}

constexpr std::string_view kWorkerHeading =
    "WORKER      PID STATE      REQUESTS     REQ/S   LATENCY  RUN WAIT  CONN     RSS      SENT   "
    "EXC HARAK RESP";

std::string worker_line(const Row& row) {
  const WorkerRow& worker = *row.worker;
  const std::string state =
      worker.leaving > 0 ? fmt::format("{}+{}", worker.state, worker.leaving) : worker.state;
  return fmt::format(
      "{:>6} {:>8} {:<9} {:>9} {:>9.1f} {:>9} {:>4} {:>4} {:>5} {:>7} {:>9} {:>5} "
      "{:>5} {:>4}",
      worker.id, worker.pid, state, worker.requests, row.rate, human_time(row.latency),
      worker.running, worker.waiting, worker.connections, human_size(worker.rss),
      human_size(worker.sent), worker.exceptions, worker.harakiris, worker.respawns);
}

constexpr std::string_view kRequestHeading = "WORKER      PID       AGE CLIENT          REQUEST";

std::string request_line(const RunningRequest& request) {
  return fmt::format("{:>6} {:>8} {:>9} {:<15} {}", request.worker, request.pid,
                     human_time(request.age), request.peer, request.text);
}

}  // namespace

std::string_view name_of(SortBy by) {
  constexpr std::array<std::string_view, kSortings> kNames{"worker", "requests", "requests/s",
                                                           "latency", "memory"};
  return kNames[static_cast<std::size_t>(by)];
}

std::string human_size(std::uint64_t bytes) {
  constexpr std::string_view kUnits = "KMGT";
  if (bytes < 1024) return fmt::format("{}", bytes);
  auto value = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  for (; value >= 1024 && unit + 1 < kUnits.size(); ++unit)
    value /= 1024;
  return fmt::format("{:.1f}{}", value, kUnits[unit]);
}

std::string human_time(std::uint64_t micros) {
  if (micros < 1000) return fmt::format("{}us", micros);
  if (micros < 1'000'000) return fmt::format("{}ms", micros / 1000);
  const std::uint64_t seconds = micros / 1'000'000;
  if (seconds < 60) return fmt::format("{:.1f}s", static_cast<double>(micros) / 1e6);
  if (seconds < 3600) return fmt::format("{}m {}s", seconds / 60, seconds % 60);
  if (seconds < 86400) return fmt::format("{}h {}m", seconds / 3600, seconds / 60 % 60);
  return fmt::format("{}d {}h", seconds / 86400, seconds / 3600 % 24);
}

std::vector<Line> draw(const Frame& frame, SortBy sort, int rows, int columns) {
  std::vector<Row> workers;
  double rate = 0;
  for (const WorkerRow& worker : frame.now.workers) {
    workers.push_back(row_of(worker, frame));
    rate += workers.back().rate;
  }
  std::stable_sort(workers.begin(), workers.end(),
                   [sort](const Row& a, const Row& b) { return goes_before(a, b, sort); });
  const Sum sum = sum_of(frame.now);

  std::vector<Line> lines;
  lines.push_back({title(frame.now)});
  lines.push_back(
      {fmt::format("requests {}  {:.1f}/s  running {}  waiting {}  connections {}  "
                   "listen queue {}  sent {}",
                   sum.requests, rate, sum.running, sum.waiting, sum.connections,
                   frame.now.listen_queue, human_size(sum.sent))});
  lines.push_back({answers_line(sum)});
  lines.push_back({fmt::format("q quit  s sorted by {}", name_of(sort))});
  lines.push_back({std::string(kWorkerHeading), true});
  // Half of the room, if there is not enough, is for the requests.
  const auto room = static_cast<std::size_t>(std::max(rows - static_cast<int>(lines.size()), 0));
  const std::size_t for_requests = std::min(frame.now.requests.size() + 1, room / 2);
  const std::size_t shown = std::min(workers.size(), room - for_requests);
  for (std::size_t i = 0; i < shown; ++i)
    lines.push_back({worker_line(workers[i])});
  lines.push_back({std::string(kRequestHeading), true});
  for (const RunningRequest& request : frame.now.requests)
    lines.push_back({request_line(request)});
  if (lines.size() > static_cast<std::size_t>(std::max(rows, 0)))
    lines.resize(static_cast<std::size_t>(std::max(rows, 0)));
  for (Line& line : lines)
    if (line.text.size() > static_cast<std::size_t>(std::max(columns, 0)))
      line.text.resize(static_cast<std::size_t>(std::max(columns, 0)));
  return lines;
}

std::string summary(const View& view) {
  const Sum sum = sum_of(view);
  std::string text = title(view) + "\n";
  const auto out = std::back_inserter(text);
  for (const SocketRow& socket : view.sockets)
    fmt::format_to(out, "{} {}  queue {} of {}\n", socket.protocol, socket.name, socket.queue,
                   socket.limit);
  fmt::format_to(out, "workers {} of {} accept  requests {}  running {}  waiting {}  sent {}\n",
                 sum.ready, view.workers.size(), sum.requests, sum.running, sum.waiting,
                 human_size(sum.sent));
  fmt::format_to(out, "{}\n{}\n", answers_line(sum), kWorkerHeading);
  const Frame still{view, std::nullopt, 0};
  for (const WorkerRow& worker : view.workers)
    fmt::format_to(out, "{}\n", worker_line(row_of(worker, still)));
  if (!view.requests.empty()) fmt::format_to(out, "{}\n", kRequestHeading);
  for (const RunningRequest& request : view.requests)
    fmt::format_to(out, "{}\n", request_line(request));
  return text;
}

}  // namespace penstock::console
