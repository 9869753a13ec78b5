// SPDX-License-Identifier: MIT
// For the differential tests: reads inputs from standard input, each behind its length in four
// bytes, little endian, and prints what the parser makes of each as one line of JSON. Bytes are
// written as the characters U+0000 to U+00FF.
#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

#include "proto/http1/session.h"

namespace penstock::proto::http1 {
namespace {

std::string quoted(std::string_view bytes) {
  std::string text = "\"";
  for (const char c : bytes) {
    const auto value = static_cast<unsigned char>(c);
    if (value < 0x20 || value > 0x7e || c == '"' || c == '\\')
      text += fmt::format("\\u{:04x}", value);
    else
      text += c;
  }
  return text + '"';
}

/// A request without the end of its object: the body comes when it is complete.
std::string open_request(const http::Request& request) {
  std::string text = fmt::format(
      R"({{"method":{},"target":{},"protocol":{},"path":{},"host":{},"keep_alive":{},"fields":[)",
      quoted(request.method), quoted(request.target), quoted(request.protocol),
      quoted(request.path), quoted(request.host), request.keep_alive);
  std::string_view comma;
  for (const http::Field& field : request.fields) {
    text += fmt::format("{}[{},{}]", comma, quoted(field.name), quoted(field.value));
    comma = ",";
  }
  text += "]";
  if (request.has_content_type)
    text += fmt::format(R"(,"content_type":{})", quoted(request.content_type));
  return text;
}

/// {"requests": complete ones, "verdict": how the input ended, "status": of a refusal}.
std::string dump(std::string_view input) {
  using Kind = Event::Kind;
  const auto session = make_session({"192.0.2.1", "4000", "fallback", "8000"}, Limits{});
  http::Request request;
  std::string requests;
  std::string open;
  std::string body;
  for (;;) {
    Event event = session->next(input, request);
    if (event.kind == Kind::Head) {
      open = open_request(request);
      request.reset();
    }
    body += event.data;
    input.remove_prefix(event.consumed);
    if (event.kind == Kind::End) {
      requests +=
          fmt::format("{}{},\"body\":{}}}", requests.empty() ? "" : ",", open, quoted(body));
      body.clear();
    }
    if (event.kind == Kind::Reject)
      return fmt::format(R"({{"requests":[{}],"verdict":"refused","status":{},"reason":{}}})",
                         requests, event.rejection.status, quoted(event.rejection.reason));
    if (event.kind == Kind::NeedInput) {
      const bool between = session->end_of_input(input).kind == Kind::Close;
      return fmt::format(R"({{"requests":[{}],"verdict":"{}"}})", requests,
                         between ? "complete" : "incomplete");
    }
    if (event.kind == Kind::Close)
      return fmt::format(R"({{"requests":[{}],"verdict":"closed"}})", requests);
  }
}

int dump_all() {
  std::string input;
  std::array<unsigned char, 4> prefix;
  while (std::fread(prefix.data(), 1, prefix.size(), stdin) == prefix.size()) {
    const std::uint32_t size = prefix[0] | std::uint32_t{prefix[1]} << 8 |
                               std::uint32_t{prefix[2]} << 16 | std::uint32_t{prefix[3]} << 24;
    input.resize(size);
    if (std::fread(input.data(), 1, size, stdin) != size) return 1;
    std::puts(dump(input).c_str());
  }
  return 0;
}

}  // namespace
}  // namespace penstock::proto::http1

int main() {
  return penstock::proto::http1::dump_all();
}
