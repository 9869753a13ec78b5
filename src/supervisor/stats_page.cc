// SPDX-License-Identifier: MIT
#include "supervisor/stats_page.h"

#include <fmt/format.h>

#include "stats/prometheus.h"

namespace penstock::supervisor {
namespace {

struct RequestLine {
  std::string_view method;
  std::string_view path;  // without the query
};

/// "GET /metrics?x HTTP/1.1"; nothing for anything else.
std::optional<RequestLine> parse_line(std::string_view line) {
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || last == first) return std::nullopt;
  const std::string_view target = line.substr(first + 1, last - first - 1);
  if (!line.substr(last + 1).starts_with("HTTP/1.") || !target.starts_with('/') || first == 0)
    return std::nullopt;
  return RequestLine{line.substr(0, first), target.substr(0, target.find('?'))};
}

std::string refuse(std::string_view status, std::string_view more = "") {
  return fmt::format(
      "HTTP/1.1 {}\r\nConnection: close\r\n{}Content-Type: text/plain\r\nContent-Length: "
      "{}\r\n\r\n{}\n",
      status, more, status.size() + 1, status);
}

std::string page(StatsKind kind, bool with_body, const RenderStats& render) {
  const std::string body = render(kind);
  // Dashboards in a browser read uWSGI's statistics from elsewhere.
  const std::string_view fields = kind == StatsKind::Metrics ? "Cache-Control: no-store\r\n"
                                                             : "Access-Control-Allow-Origin: *\r\n";
  std::string answer = fmt::format(
      "HTTP/1.1 200 OK\r\nConnection: close\r\n{}Content-Type: {}\r\n"
      "Content-Length: {}\r\n\r\n",
      fields, kind == StatsKind::Metrics ? stats::kPrometheusType : "application/json",
      body.size());
  if (with_body) answer += body;
  return answer;
}

}  // namespace

std::optional<std::string> answer_stats(StatsKind kind, std::string_view received,
                                        const RenderStats& render) {
  if (kind == StatsKind::Json) return render(kind);
  const bool complete = received.find("\r\n\r\n") != std::string_view::npos ||
                        received.find("\n\n") != std::string_view::npos;
  if (!complete && received.size() < kLargestStatsHead) return std::nullopt;
  if (!complete) return refuse("431 Request Header Fields Too Large");
  std::string_view line = received.substr(0, received.find('\n'));
  if (line.ends_with('\r')) line.remove_suffix(1);
  const auto request = parse_line(line);
  if (!request) return refuse("400 Bad Request");
  if (request->method != "GET" && request->method != "HEAD")
    return refuse("405 Method Not Allowed", "Allow: GET, HEAD\r\n");
  if (kind == StatsKind::Metrics && request->path != "/metrics") return refuse("404 Not Found");
  return page(kind, request->method == "GET", render);
}

}  // namespace penstock::supervisor
