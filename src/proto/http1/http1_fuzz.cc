// SPDX-License-Identifier: MIT
// Any bytes at all are read as HTTP/1. What must hold: the events do not depend on how the bytes
// are cut; nothing beyond the input is consumed; a request's views point into it; an accepted
// request, written down and read again, is the same request.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <string_view>

#include "base/check.h"
#include "proto/http1/session.h"
#include "proto/transcript.h"

namespace penstock::proto::http1 {
namespace {

constexpr Endpoints kEndpoints{"192.0.2.1", "4000", "fallback", "8000"};

constexpr Limits kTight{.head_bytes = 120,
                        .line_bytes = 40,
                        .fields = 4,
                        .variables = 4,
                        .body_bytes = 30,
                        .chunk_extension_bytes = 8,
                        .trailer_bytes = 20};

template <class NextPiece>
std::string play(std::string_view wire, const Limits& limits, NextPiece next_piece) {
  const auto session = make_session(kEndpoints, limits);
  Transcript transcript(*session);
  while (!wire.empty() && !transcript.over()) {
    const std::size_t piece = std::min(wire.size(), next_piece());
    transcript.feed(wire.substr(0, piece));
    wire.remove_prefix(piece);
  }
  transcript.end();
  return transcript.text();
}

void check_cuts(std::string_view wire, const Limits& limits) {
  const std::string whole = play(wire, limits, [&] { return wire.size(); });
  if (wire.size() <= 600) CHECK(play(wire, limits, [] { return std::size_t{1}; }) == whole);
  std::minstd_rand random(static_cast<unsigned>(std::hash<std::string_view>{}(wire)));
  CHECK(play(wire, limits, [&] { return random() % 40 + 1; }) == whole);
}

bool within(std::string_view part, std::string_view whole) {
  return part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size();
}

void check_views(const http::Request& request, std::string_view head) {
  const auto lives = [&](std::string_view view) {
    return view.empty() || within(view, head) || within(view, request.storage);
  };
  CHECK(lives(request.method) && lives(request.target) && lives(request.query));
  CHECK(lives(request.protocol) && lives(request.host) && lives(request.content_type));
  CHECK(lives(request.path) || request.path == "/");  // of "http://host" it is a constant
  CHECK(lives(request.server_name) || request.server_name == kEndpoints.server_name);
  for (const http::Field& field : request.fields) {
    CHECK(lives(field.name) || field.id == http::FieldId::Host);
    CHECK(lives(field.value));
    CHECK(http::is_token(field.name) && http::is_field_value(field.value));
    CHECK(field.name.find('_') == field.name.npos);
  }
}

/// The head again, from what was understood of it.
std::string write_down(const http::Request& request) {
  std::string wire;
  wire.append(request.method).append(" ").append(request.target).append(" ");
  wire.append(request.protocol).append("\r\n");
  for (const http::Field& field : request.fields)
    wire.append(field.name).append(": ").append(field.value).append("\r\n");
  if (request.has_content_type)
    wire.append("Content-Type: ").append(request.content_type).append("\r\n");
  if (request.content_length)
    wire.append("Content-Length: ").append(std::to_string(*request.content_length)).append("\r\n");
  if (request.chunked) wire.append("Transfer-Encoding: chunked\r\n");
  wire.append(request.keep_alive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n");
  return wire;
}

/// What the variables are is a matter of the fields that were dropped, too.
std::string meaning_of(http::Request& request) {
  request.variable_count = request.packet_size = 0;
  return describe(request);
}

void check_reparse(http::Request& request) {
  const std::string wire = write_down(request);
  const auto session = make_session(
      kEndpoints, Limits{.head_bytes = SIZE_MAX, .line_bytes = SIZE_MAX, .fields = SIZE_MAX});
  http::Request again;
  const Event event = session->next(wire, again);
  CHECK(event.kind == Event::Kind::Head && event.consumed == wire.size());
  CHECK(meaning_of(again) == meaning_of(request));
}

void check_events(std::string_view wire, const Limits& limits) {
  const auto session = make_session(kEndpoints, limits);
  http::Request request;
  for (std::string_view input = wire;;) {
    const Event event = session->next(input, request);
    CHECK(event.consumed <= input.size());
    CHECK(event.data.empty() || within(event.data, input.substr(0, event.consumed)));
    if (event.kind == Event::Kind::Head) {
      check_views(request, input.substr(0, event.consumed));
      check_reparse(request);
      request.reset();
    }
    input.remove_prefix(event.consumed);
    if (event.kind == Event::Kind::NeedInput || event.kind == Event::Kind::Reject ||
        event.kind == Event::Kind::Close)
      break;
  }
}

}  // namespace
}  // namespace penstock::proto::http1

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace penstock::proto::http1;
  const std::string_view wire(reinterpret_cast<const char*>(data), size);
  for (const penstock::proto::Limits& limits : {penstock::proto::Limits{}, kTight}) {
    check_cuts(wire, limits);
    check_events(wire, limits);
  }
  return 0;
}
