// SPDX-License-Identifier: MIT
// For tests and fuzz targets: plays bytes to a session in any pieces and writes down what it
// says, so that two ways to cut the same bytes can be compared.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "proto/session.h"

namespace penstock::proto {

/// Every member of a request, one a line.
inline std::string describe(const http::Request& request) {
  std::string text = fmt::format(
      "method={}\ntarget={}\npath={}\nquery={}\nscript_name={}\nprotocol={}\nscheme={}\nhost={}\n"
      "server={}:{}\nremote={}:{}\nuser={}\n",
      request.method, request.target, request.path, request.query, request.script_name,
      request.protocol, request.scheme, request.host, request.server_name, request.server_port,
      request.remote_address, request.remote_port, request.remote_user);
  if (request.has_content_type) text += fmt::format("type={}\n", request.content_type);
  if (request.content_length) text += fmt::format("length={}\n", *request.content_length);
  text += fmt::format("head={} keep_alive={} continue={} chunked={} trusted={} version={}\n",
                      request.head_request, request.keep_alive, request.expect_continue,
                      request.chunked, request.trusted, static_cast<int>(request.version));
  text += fmt::format("variables={} packet={}\n", request.variable_count, request.packet_size);
  for (const http::Field& field : request.fields)
    text += fmt::format("field {} ({}): {}\n", field.name, static_cast<int>(field.id), field.value);
  for (const auto& [name, value] : request.variables)
    text += fmt::format("variable {}={}\n", name, value);
  return text;
}

/// Calls next() as the server does. Every call sees a copy of the unread bytes that ends where
/// they end, so that a sanitizer catches reads beyond them.
class Transcript {
 public:
  /// Each request that comes is shown to `check`.
  using Check = void (*)(const http::Request&);
  /// When the answer ends to a request that is complete or cancelled.
  enum class Answers : std::uint8_t { AtOnce, Never };
  explicit Transcript(Session& session, Check check = nullptr, Answers answers = Answers::AtOnce)
      : session_(session), check_(check), answers_(answers) {}

  /// Plays further bytes until the session wants more or is over.
  void feed(std::string_view bytes) {
    unread_ += bytes;
    while (!over_) {
      const std::vector<char> copy(unread_.begin(), unread_.end());
      const std::string_view input(copy.data(), copy.size());
      const Event event = session_.next(input, request_);
      note(event);
      unread_.erase(0, event.consumed);
      if (event.kind == Event::Kind::NeedInput) break;
    }
  }

  /// The peer closes its side.
  void end() {
    if (!over_) note(session_.end_of_input(unread_));
  }

  /// What happened: one line an event, the body in one piece, the head in many lines.
  const std::string& text() const { return text_; }

  /// The session spoke its last word.
  bool over() const { return over_; }

  /// Bytes that the session has not taken.
  std::string_view unread() const { return unread_; }

 private:
  void note(const Event& event) {
    using Kind = Event::Kind;
    if (event.kind == Kind::NeedInput || event.kind == Kind::Begin) return;
    if (event.kind == Kind::Body && in_body_ && event.stream == body_of_) {
      text_.insert(text_.size() - 1, event.data);
      return;
    }
    in_body_ = event.kind == Kind::Body;
    body_of_ = event.stream;
    constexpr std::string_view kNames[] = {"",       "",      "head",   "body", "end",
                                           "reject", "reply", "cancel", "close"};
    text_ += fmt::format("{} {}", event.stream, kNames[static_cast<std::size_t>(event.kind)]);
    if (event.kind == Kind::Head) {
      if (check_ != nullptr) check_(request_);
      text_ += fmt::format("\n{}", describe(request_));
      request_.reset();
    }
    if (event.kind == Kind::Reject)
      text_ += fmt::format(" {} {}", event.rejection.status, event.rejection.reason);
    if (!event.data.empty()) text_ += fmt::format(" {}", event.data);
    if (event.goes_on) text_ += " (goes on)";
    text_ += '\n';
    over_ = event.kind == Kind::Close ||
            ((event.kind == Kind::Reject || event.kind == Kind::Reply) && !event.goes_on);
    respond(event);
  }

  /// What the server does about an event, where the session learns of it.
  void respond(const Event& event) {
    std::string out;
    if (event.kind == Event::Kind::Reject)
      session_.encode_rejection(event.stream, event.rejection, {}, out);
    if (answers_ == Answers::Never) return;
    if (event.kind == Event::Kind::Cancel) session_.encode_abort(event.stream, out);
    if (event.kind == Event::Kind::End) session_.encode_end(event.stream, http::Framing::None, out);
  }

  Session& session_;
  const Check check_;
  const Answers answers_;
  http::Request request_;
  std::string unread_;
  std::string text_;
  bool over_ = false;
  bool in_body_ = false;
  std::uint32_t body_of_ = 0;
};

/// What a session says to bytes that come in pieces of `piece` bytes, and then the end.
inline std::string play_in_pieces(Session& session, std::string_view wire, std::size_t piece) {
  Transcript transcript(session);
  while (!wire.empty()) {
    transcript.feed(wire.substr(0, piece));
    wire.remove_prefix(std::min(wire.size(), piece));
  }
  transcript.end();
  return transcript.text();
}

}  // namespace penstock::proto
