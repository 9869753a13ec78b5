// SPDX-License-Identifier: MIT
#include "report/summary.h"

#include <algorithm>

#include "report/route.h"

namespace penstock::report {
namespace {

constexpr std::string_view kOthers = "(other routes)";
constexpr std::size_t kLongestShown = 300;
constexpr std::array<std::int64_t, 18> kWidths{
    1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21600, 43200, 86400, 604800};

/// The next round width that is at least `seconds`.
std::int64_t round_width(std::int64_t seconds) {
  for (const std::int64_t width : kWidths)
    if (width >= seconds) return width;
  return (seconds + kWidths.back() - 1) / kWidths.back() * kWidths.back();
}

std::int64_t floor_to(std::int64_t second, std::int64_t width) {
  const std::int64_t rest = second % width;
  return second - (rest < 0 ? rest + width : rest);
}

void merge(Moment& into, const Moment& from) {
  into.count += from.count;
  into.client_errors += from.client_errors;
  into.server_errors += from.server_errors;
  into.micros += from.micros;
}

}  // namespace

void Group::add(const Line& line) {
  ++count;
  const int hundreds = line.status / 100;
  ++by_class[hundreds >= 1 && hundreds <= 5 ? static_cast<std::size_t>(hundreds) : 0];
  micros += line.micros;
  body_bytes += line.body_bytes;
  latency.add(line.micros);
  if (!line.has_timings) return;
  ++timed;
  timings.receive += line.timings.receive;
  timings.queue += line.timings.queue;
  timings.app += line.timings.app;
  timings.gil += line.timings.gil;
  timings.cpu += line.timings.cpu;
  timings.write += line.timings.write;
}

void Summary::add(std::string_view text) {
  Line line;
  switch (reader_.read(text, line)) {
    case LineKind::Message:
      ++messages_;
      return;
    case LineKind::Broken:
      if (broken_++ == 0) first_broken_ = text.substr(0, kLongestShown);
      return;
    case LineKind::Request:
      break;
  }
  all_.add(line);
  route_of(line).add(line);
  count_moment(line);
}

Group& Summary::route_of(const Line& line) {
  fold_route(line.method, line.uri, route_name_);
  if (const auto found = routes_.find(std::string_view(route_name_)); found != routes_.end())
    return found->second;
  if (routes_.size() < kMostRoutes) return routes_[route_name_];
  return routes_[std::string(kOthers)];
}

void Summary::count_moment(const Line& line) {
  const std::int64_t begin = floor_to(line.second, width_);
  if (!latest_ || begin != latest_begin_) {
    latest_ = &moments_[begin];
    latest_begin_ = begin;
  }
  ++latest_->count;
  latest_->client_errors += line.status / 100 == 4 ? 1 : 0;
  latest_->server_errors += line.status / 100 == 5 ? 1 : 0;
  latest_->micros += line.micros;
  last_second_ = all_.count == 1 ? line.second : std::max(last_second_, line.second);
  if (moments_.size() > kMostMoments) widen_moments();
}

/// A long log has fewer, wider moments.
void Summary::widen_moments() {
  width_ = round_width(width_ + 1);
  std::map<std::int64_t, Moment> wider;
  for (const auto& [begin, moment] : moments_)
    merge(wider[floor_to(begin, width_)], moment);
  moments_ = std::move(wider);
  latest_ = nullptr;
}

std::vector<Route> Summary::slowest_routes(std::size_t most) const {
  std::vector<Route> routes;
  routes.reserve(routes_.size());
  for (const auto& [name, group] : routes_)
    routes.push_back({name, &group});
  std::sort(routes.begin(), routes.end(), [](const Route& a, const Route& b) {
    if (a.group->micros != b.group->micros) return a.group->micros > b.group->micros;
    return a.name < b.name;
  });
  if (routes.size() > most) routes.resize(most);
  return routes;
}

Timeline Summary::timeline(std::size_t most) const {
  Timeline line;
  if (moments_.empty()) return line;
  const std::int64_t span = moments_.rbegin()->first - moments_.begin()->first + width_;
  const auto slots = static_cast<std::int64_t>(most);
  line.width = std::max(width_, round_width((span + slots - 1) / slots));
  for (;;) {
    // Where the begin is moved back to a round time, a moment more may be needed.
    line.begin = floor_to(moments_.begin()->first, line.width);
    if ((moments_.rbegin()->first - line.begin) / line.width < slots) break;
    line.width = round_width(line.width + 1);
  }
  const auto size =
      static_cast<std::size_t>((moments_.rbegin()->first - line.begin) / line.width) + 1;
  line.moments.resize(size);
  for (const auto& [begin, moment] : moments_)
    merge(line.moments[static_cast<std::size_t>((begin - line.begin) / line.width)], moment);
  return line;
}

}  // namespace penstock::report
