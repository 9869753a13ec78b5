// SPDX-License-Identifier: MIT
// A key that is missing or of another type counts as 0 or empty: servers differ.
#include "console/view.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

#include "base/text.h"

namespace penstock::console {
namespace {

using Json = nlohmann::json;

std::uint64_t number(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number()) return 0;
  return found->is_number_integer() && !found->is_number_unsigned() &&
                 found->get<std::int64_t>() < 0
             ? 0
             : found->get<std::uint64_t>();
}

/// Nothing but ASCII: among the other bytes are controls of terminals too (C1), and a line of ASCII
/// can be cut anywhere.
std::string printable(std::string_view bytes) {
  std::string escaped;
  text::append_escaped(escaped, bytes);
  std::string safe;
  for (const char c : escaped) {
    if (static_cast<unsigned char>(c) < 0x80) {
      safe += c;
    } else {
      fmt::format_to(std::back_inserter(safe), "\\x{:02x}", static_cast<unsigned char>(c));
    }
  }
  return safe;
}

int small_number(const Json& object, const char* key) {
  return static_cast<int>(std::min<std::uint64_t>(number(object, key), 0x7fffffff));
}

std::string text(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_string()) return {};
  return printable(found->get_ref<const std::string&>());
}

/// The objects of an array; none if there is no such array.
std::vector<Json> objects(const Json& object, const char* key) {
  std::vector<Json> all;
  const auto found = object.find(key);
  if (found == object.end() || !found->is_array()) return all;
  std::copy_if(found->begin(), found->end(), std::back_inserter(all),
               [](const Json& item) { return item.is_object(); });
  return all;
}

/// The value of NAME=value in uWSGI's list of a request's variables.
std::string variable(const Json& core, std::string_view name) {
  const auto found = core.find("vars");
  if (found == core.end() || !found->is_array()) return {};
  for (const Json& item : *found) {
    if (!item.is_string()) continue;
    const std::string& whole = item.get_ref<const std::string&>();
    if (!whole.starts_with(name) || whole.size() <= name.size() || whole[name.size()] != '=')
      continue;
    return printable(std::string_view(whole).substr(name.size() + 1));
  }
  return {};
}

void read_cores(const Json& process, int worker, View& view) {
  for (const Json& core : objects(process, "cores")) {
    if (number(core, "in_request") == 0) continue;
    view.requests.push_back({worker, small_number(process, "pid"),
                             variable(core, "REQUEST_METHOD") + " " + variable(core, "REQUEST_URI"),
                             variable(core, "REMOTE_ADDR"), number(core, "age")});
  }
}

void read_worker(const Json& json, View& view) {
  WorkerRow row;
  row.id = small_number(json, "id");
  row.pid = small_number(json, "pid");
  row.state = text(json, "state");
  const std::string status = text(json, "status");
  if (row.state.empty() || row.state == "ready") row.state = status;
  row.accepting = number(json, "accepting") != 0;
  row.requests = number(json, "requests");
  row.exceptions = number(json, "exceptions");
  row.harakiris = number(json, "harakiri_count");
  row.respawns = number(json, "respawn_count");
  row.respawns -= std::min<std::uint64_t>(row.respawns, 1);
  row.sent = number(json, "tx");
  row.running_time = number(json, "running_time");
  row.average_time = number(json, "avg_rt");
  row.rss = number(json, "rss");
  row.running = number(json, "running");
  row.waiting = number(json, "waiting");
  row.connections = number(json, "connections");
  if (const auto answers = json.find("answers"); answers != json.end() && answers->is_object()) {
    constexpr std::array kNames{"other", "1xx", "2xx", "3xx", "4xx", "5xx"};
    for (std::size_t i = 0; i < kNames.size(); ++i)
      row.answers[i] = number(*answers, kNames[i]);
  }
  read_cores(json, row.id, view);
  for (const Json& process : objects(json, "leaving")) {
    ++row.leaving;
    read_cores(process, row.id, view);
  }
  view.workers.push_back(std::move(row));
}

}  // namespace

Result<View> read_view(std::string_view json) {
  const Json root = Json::parse(json, nullptr, /*allow_exceptions=*/false);
  if (!root.is_object() || !root.contains("workers"))
    return fail("what came from there are no statistics of a server");
  View view;
  view.server = text(root, "server");
  if (view.server.empty()) view.server = "uwsgi";
  view.version = text(root, "version");
  view.folder = text(root, "cwd");
  view.pid = small_number(root, "pid");
  view.listen_queue = number(root, "listen_queue");
  if (const std::uint64_t now = number(root, "now"), then = number(root, "started_at");
      then != 0 && now >= then)
    view.uptime = static_cast<std::int64_t>(now - then);
  for (const Json& socket : objects(root, "sockets"))
    view.sockets.push_back({text(socket, "name"), text(socket, "proto"), number(socket, "queue"),
                            number(socket, "max_queue")});
  for (const Json& worker : objects(root, "workers"))
    read_worker(worker, view);
  std::stable_sort(view.requests.begin(), view.requests.end(),
                   [](const RunningRequest& a, const RunningRequest& b) { return a.age > b.age; });
  return view;
}

}  // namespace penstock::console
