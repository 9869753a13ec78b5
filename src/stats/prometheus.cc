// SPDX-License-Identifier: MIT
#include "stats/prometheus.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace penstock::stats {
namespace {

/// The value of a label. The format is UTF-8, so other bytes become question marks.
std::string label(std::string_view value) {
  std::string escaped;
  for (const char c : value) {
    if (c == '\\' || c == '"') escaped += '\\';
    if (c == '\n') {
      escaped += "\\n";
    } else {
      escaped += static_cast<unsigned char>(c) < 0x80 ? c : '?';
    }
  }
  return escaped;
}

double in_seconds(std::uint64_t micros) {
  return static_cast<double>(micros) / 1e6;
}

class Page {
 public:
  void family(std::string_view name, std::string_view type, std::string_view help) {
    fmt::format_to(std::back_inserter(text_), "# HELP penstock_{} {}\n# TYPE penstock_{} {}\n",
                   name, help, name, type);
  }
  /// `labels`: "a=\"b\"", already escaped, or empty.
  template <class Value>
  void sample(std::string_view name, std::string_view labels, Value value) {
    if (labels.empty())
      fmt::format_to(std::back_inserter(text_), "penstock_{} {}\n", name, value);
    else
      fmt::format_to(std::back_inserter(text_), "penstock_{}{{{}}} {}\n", name, labels, value);
  }
  template <class Value>
  void single(std::string_view name, std::string_view type, std::string_view help, Value value) {
    family(name, type, help);
    sample(name, "", value);
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

/// A metric with a sample of each worker.
template <class Value>
void each_worker(Page& page, const Snapshot& snapshot, std::string_view name, std::string_view type,
                 std::string_view help, Value value) {
  page.family(name, type, help);
  for (const WorkerSnapshot& worker : snapshot.workers)
    page.sample(name, fmt::format("worker=\"{}\"", worker.number), value(worker));
}

/// The same of what its newest process is; workers without one have no sample.
template <class Value>
void each_process(Page& page, const Snapshot& snapshot, std::string_view name,
                  std::string_view help, Value value) {
  page.family(name, "gauge", help);
  for (const WorkerSnapshot& worker : snapshot.workers)
    if (!worker.processes.empty())
      page.sample(name, fmt::format("worker=\"{}\"", worker.number),
                  value(worker.processes.front()));
}

template <class Value>
std::uint64_t sum_of_processes(const Snapshot& snapshot, Value value) {
  std::uint64_t sum = 0;
  for (const WorkerSnapshot& worker : snapshot.workers)
    for (const ProcessSnapshot& process : worker.processes)
      sum += value(process);
  return sum;
}

void write_requests(Page& page, const Snapshot& snapshot) {
  constexpr std::array<std::string_view, 6> kClasses{"other", "1xx", "2xx", "3xx", "4xx", "5xx"};
  page.family("requests_total", "counter", "Requests answered, by class of status.");
  for (const WorkerSnapshot& worker : snapshot.workers)
    for (std::size_t i = 0; i < kClasses.size(); ++i)
      page.sample("requests_total",
                  fmt::format("worker=\"{}\",status=\"{}\"", worker.number, kClasses[i]),
                  worker.counts.by_class[i]);
}

void write_latency(Page& page, const Counts& all) {
  page.family("request_duration_seconds", "histogram",
              "From the call of the app to the end of its answer.");
  std::uint64_t so_far = 0;
  for (std::size_t i = 0; i < all.latency.size(); ++i) {
    so_far += all.latency[i];
    const std::string bound =
        i < kLatencyBounds.size() ? fmt::format("{}", in_seconds(kLatencyBounds[i])) : "+Inf";
    page.sample("request_duration_seconds_bucket", fmt::format("le=\"{}\"", bound), so_far);
  }
  page.sample("request_duration_seconds_sum", "", in_seconds(all.running_time));
  page.sample("request_duration_seconds_count", "", so_far);
}

void write_counters(Page& page, const Snapshot& snapshot) {
  using Worker = WorkerSnapshot;
  each_worker(page, snapshot, "sent_bytes_total", "counter", "Bytes of answers.",
              [](const Worker& worker) { return worker.counts.bytes_sent; });
  each_worker(page, snapshot, "exceptions_total", "counter", "Exceptions that the app raised.",
              [](const Worker& worker) { return worker.counts.exceptions; });
  each_worker(page, snapshot, "harakiris_total", "counter", "Requests over their time limit.",
              [](const Worker& worker) { return worker.counts.harakiris; });
  each_worker(page, snapshot, "queue_timeouts_total", "counter",
              "Requests that waited too long for a thread.",
              [](const Worker& worker) { return worker.counts.queue_timeouts; });
  each_worker(page, snapshot, "respawns_total", "counter",
              "Processes of a worker after its first one.", [](const Worker& worker) {
                return worker.starts - std::min<std::uint64_t>(worker.starts, 1);
              });
}

void write_now(Page& page, const Snapshot& snapshot) {
  using Process = ProcessSnapshot;
  page.single("requests_running", "gauge", "Requests inside the app.",
              sum_of_processes(snapshot, [](const Process& one) { return one.running; }));
  page.single("requests_waiting", "gauge", "Requests that wait for a thread of their worker.",
              sum_of_processes(snapshot, [](const Process& one) { return one.waiting; }));
  page.single("connections", "gauge", "Open connections, idle ones too.",
              sum_of_processes(snapshot, [](const Process& one) { return one.connections; }));
  page.single("app_threads", "gauge", "Threads that run the app.",
              sum_of_processes(snapshot, [](const Process& one) { return one.cores.size(); }));
  std::int64_t oldest = 0;
  for (const WorkerSnapshot& worker : snapshot.workers)
    for (const Process& process : worker.processes)
      for (const CoreSnapshot& core : process.cores)
        oldest = std::max(oldest, core.age);
  page.single("oldest_request_seconds", "gauge", "Age of the request that runs longest.",
              static_cast<double>(oldest) / 1e9);
}

void write_workers(Page& page, const Snapshot& snapshot) {
  using Process = ProcessSnapshot;
  page.single("workers_configured", "gauge", "Workers that there may be.", snapshot.workers.size());
  page.family("workers", "gauge", "Worker processes, by state.");
  const auto in_state = [&](WorkerState state) {
    return sum_of_processes(snapshot,
                            [state](const Process& one) { return one.state == state ? 1U : 0U; });
  };
  page.sample("workers", "state=\"starting\"", in_state(WorkerState::Starting));
  page.sample("workers", "state=\"ready\"", in_state(WorkerState::Ready));
  page.sample("workers", "state=\"stopping\"", in_state(WorkerState::Stopping));
  each_process(page, snapshot, "worker_saturated",
               "1 while all threads of a worker have been busy for a while.",
               [](const Process& one) { return one.saturated ? 1 : 0; });
  each_process(page, snapshot, "worker_resident_memory_bytes", "Resident memory.",
               [](const Process& one) { return one.rss; });
  each_process(page, snapshot, "worker_virtual_memory_bytes", "Address space.",
               [](const Process& one) { return one.vsz; });
  each_process(page, snapshot, "worker_start_time_seconds", "Start, in seconds since the epoch.",
               [](const Process& one) { return one.started_at; });
}

void write_sockets(Page& page, const Snapshot& snapshot) {
  const auto each = [&](std::string_view name, std::string_view type, std::string_view help,
                        auto value) {
    page.family(name, type, help);
    for (const SocketSnapshot& socket : snapshot.sockets)
      page.sample(
          name,
          fmt::format("socket=\"{}\",protocol=\"{}\"", label(socket.name), label(socket.protocol)),
          value(socket));
  };
  each("listen_queue", "gauge", "Connections that no worker has accepted yet.",
       [](const SocketSnapshot& socket) { return socket.queue; });
  each("listen_queue_limit", "gauge", "How many connections may wait so.",
       [](const SocketSnapshot& socket) { return socket.max_queue; });
  page.single("listen_overflows_total", "counter",
              "Connections that found a queue full, by TCP in the whole network namespace.",
              snapshot.listen_overflows);
}

}  // namespace

std::string prometheus_text(const Snapshot& snapshot) {
  Page page;
  page.family("build_info", "gauge", "The version, as a label.");
  page.sample("build_info", fmt::format("version=\"{}\"", label(snapshot.version)), 1);
  page.single("start_time_seconds", "gauge", "Start of the master, in seconds since the epoch.",
              snapshot.started_at);
  Counts all;
  for (const WorkerSnapshot& worker : snapshot.workers)
    all += worker.counts;
  write_requests(page, snapshot);
  write_latency(page, all);
  write_counters(page, snapshot);
  write_now(page, snapshot);
  write_workers(page, snapshot);
  write_sockets(page, snapshot);
  return page.take();
}

}  // namespace penstock::stats
