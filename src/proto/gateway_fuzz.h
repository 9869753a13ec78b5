// SPDX-License-Identifier: MIT
// What the fuzz targets of the gateway protocols have in common.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/check.h"
#include "http/header_policy.h"
#include "proto/session.h"
#include "proto/transcript.h"

namespace penstock::proto {

/// What holds of every request that a gateway protocol lets through.
inline void check_gateway_request(const http::Request& request) {
  CHECK(http::is_token(request.method));
  CHECK(request.head_request == (request.method == "HEAD"));
  CHECK(!request.target.empty());
  CHECK(request.path.empty() ? !request.script_name.empty()
                             : request.path[0] == '/' || request.path == "*");
  CHECK(request.script_name.empty() ||
        (request.script_name[0] == '/' && !request.script_name.ends_with('/')));
  CHECK(request.scheme == "http" || request.scheme == "https");
  CHECK(!request.server_name.empty() && !request.server_port.empty());
  CHECK(request.trusted && !request.expect_continue);
  for (const std::string_view text :
       {request.target, request.query, request.protocol, request.server_name, request.server_port,
        request.remote_address, request.remote_port, request.remote_user, request.content_type})
    CHECK(http::is_field_value(text));

  std::set<std::string_view> names;
  for (const http::Field& field : request.fields) {
    CHECK(http::is_token(field.name) && http::is_field_value(field.value));
    CHECK(std::none_of(field.name.begin(), field.name.end(),
                       [](char c) { return c == '_' || (c >= 'A' && c <= 'Z'); }));
    CHECK(field.id == http::identify_field(field.name));
    CHECK(http::request_field_policy(field.name, field.id) == http::FieldPolicy::Keep);
    CHECK(names.insert(field.name).second);
  }
  std::set<std::string_view> variables;
  for (const auto& [name, value] : request.variables) {
    CHECK(!name.empty() && name != "HTTP_PROXY" && name != "HTTP_HOST");
    CHECK(variables.insert(name).second);
  }
}

using MakeSession = std::unique_ptr<Session> (*)(const Endpoints&, const Limits&);

/// What a session says to bytes in pieces: of one byte for `step` 1, whole for 0, else of sizes
/// up to `step` that are drawn from it.
inline std::string play_in_sizes(MakeSession make, const Limits& limits, std::string_view wire,
                                 std::uint32_t step) {
  const auto session = make({"192.0.2.9", "9", "server", "80"}, limits);
  Transcript transcript(*session, check_gateway_request);
  std::uint32_t state = step;
  while (!wire.empty() && !transcript.over()) {
    state = state * 1664525U + 1013904223U;
    std::size_t size = step == 0 ? wire.size() : step == 1 ? 1 : 1 + (state >> 16) % step;
    size = std::min(size, wire.size());
    transcript.feed(wire.substr(0, size));
    wire.remove_prefix(size);
  }
  transcript.end();
  return transcript.text();
}

/// A session must say the same wherever the bytes are cut.
inline void check_cuts(MakeSession make, const Limits& limits, std::string_view wire) {
  const std::string whole = play_in_sizes(make, limits, wire, 0);
  if (wire.size() <= 300) CHECK(play_in_sizes(make, limits, wire, 1) == whole);
  for (const std::uint32_t step : {37U, 801U})
    CHECK(play_in_sizes(make, limits, wire, step) == whole);
}

using NamesAndValues = std::vector<std::pair<std::string_view, std::string_view>>;

/// Takes the bytes for lines of "name=value", with at most `most` bytes in them: so a mutation
/// changes names and values alone, and no length.
inline NamesAndValues names_and_values(std::string_view lines, std::size_t most) {
  NamesAndValues found;
  while (!lines.empty()) {
    const std::string_view line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(lines.size(), line.size() + 1));
    const std::string_view name = line.substr(0, line.find('='));
    const std::string_view value = line.substr(std::min(line.size(), name.size() + 1));
    if (name.empty() || line.size() + 16 > most) continue;
    most -= line.size() + 16;
    found.emplace_back(name, value);
  }
  return found;
}

/// Limits that a short input can reach.
inline Limits small_limits() {
  Limits limits;
  limits.head_bytes = 512;
  limits.variables = 12;
  limits.body_bytes = 40;
  return limits;
}

}  // namespace penstock::proto
