// SPDX-License-Identifier: MIT
#include "report/json_report.h"

#include <fmt/format.h>

#include <iterator>

#include "base/json_text.h"
#include "report/show.h"
#include "report/time_text.h"

namespace penstock::report {
namespace {

class Json {
 public:
  template <class... Args>
  void add(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(out_), format, std::forward<Args>(args)...);
  }
  void text(std::string_view value) {
    out_ += '"';
    text::append_json_escaped(out_, value);
    out_ += '"';
  }
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

void add_group(Json& json, const Group& group) {
  json.add(R"("requests":{},"micros":{},"bytes":{},"status":{{)", group.count, group.micros,
           group.body_bytes);
  for (std::size_t i = 1; i < group.by_class.size(); ++i)
    json.add(R"({}"{}xx":{})", i == 1 ? "" : ",", i, group.by_class[i]);
  json.add(R"(,"other":{}}},"latency":{{)", group.by_class[0]);
  for (const Percentile& percentile : kPercentiles)
    json.add(R"("{}":{},)", percentile.name, group.latency.quantile(percentile.share));
  json.add(R"("max":{}}},"histogram":[)", group.latency.largest());
  const std::vector<std::uint64_t> bounds = bars_of(group.latency);
  for (std::size_t i = 0; i + 1 < bounds.size(); ++i)
    json.add(R"({}{{"below":{},"requests":{}}})", i == 0 ? "" : ",", bounds[i + 1],
             group.latency.between(bounds[i], bounds[i + 1]));
  json.add("]");
  if (group.timed == 0) return;
  json.add(R"(,"where":{{"requests":{})", group.timed);
  for (const Step& step : steps_of(group.timings))
    json.add(R"(,"{}":{})", step.name, step.micros);
  json.add("}}");
}

}  // namespace

std::string json_report(const Summary& summary, std::size_t routes) {
  constexpr std::size_t kMoments = 240;
  Json json;
  json.add("{{");
  add_group(json, summary.all());
  if (summary.all().count > 0)
    json.add(R"(,"first":"{}","last":"{}")", show_time(summary.first_second()),
             show_time(summary.last_second()));
  const Timeline timeline = summary.timeline(kMoments);
  json.add(R"(,"timeline":{{"seconds":{},"moments":[)", timeline.width);
  for (std::size_t i = 0; i < timeline.moments.size(); ++i) {
    const Moment& moment = timeline.moments[i];
    json.add(R"({}{{"time":"{}","requests":{},"4xx":{},"5xx":{},"micros":{}}})", i == 0 ? "" : ",",
             show_time(timeline.begin + static_cast<std::int64_t>(i) * timeline.width),
             moment.count, moment.client_errors, moment.server_errors, moment.micros);
  }
  json.add(R"(]}},"route_count":{},"routes":[)", summary.route_count());
  bool first = true;
  for (const Route& route : summary.slowest_routes(routes)) {
    json.add(R"({}{{"route":)", first ? "" : ",");
    first = false;
    json.text(route.name);
    json.add(",");
    add_group(json, *route.group);
    json.add("}}");
  }
  json.add(R"(],"messages":{},"not_understood":{},"first_not_understood":)", summary.messages(),
           summary.broken());
  json.text(summary.first_broken());
  json.add("}}\n");
  return json.take();
}

}  // namespace penstock::report
