// SPDX-License-Identifier: MIT
#include "load/report.h"

#include <fmt/format.h>

namespace penstock::bench {
namespace {

double micros(nanoseconds time) {
  return std::chrono::duration<double, std::micro>(time).count();
}

std::string latency_json(const Histogram& latency) {
  return fmt::format(
      R"({{"count":{},"mean":{:.2f},"p50":{:.2f},"p90":{:.2f},"p99":{:.2f},"p999":{:.2f},"max":{:.2f}}})",
      latency.count(), micros(latency.mean()), micros(latency.percentile(0.5)),
      micros(latency.percentile(0.9)), micros(latency.percentile(0.99)),
      micros(latency.percentile(0.999)), micros(latency.max()));
}

}  // namespace

std::string to_json(const LoadResult& result) {
  return fmt::format(
      R"({{"answers":{},"answers_with_warm_up":{},"seconds":{:.6f},"cpu_seconds":{:.9f},)"
      R"("body_bytes":{},"other_status":{},"broken":{},"dropped":{},"opened":{},"starved":{},"late":{},)"
      R"("latency_us":{}}})",
      result.answers, result.answers_with_warm_up,
      std::chrono::duration<double>(result.elapsed).count(),
      std::chrono::duration<double>(result.cpu).count(), result.body_bytes, result.other_status,
      result.broken, result.dropped, result.opened, result.starved, result.late,
      latency_json(result.latency));
}

}  // namespace penstock::bench
