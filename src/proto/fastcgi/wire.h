// SPDX-License-Identifier: MIT
// For tests: writes records as a web server does, and plays them to a session.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "proto/fastcgi/record.h"
#include "proto/fastcgi/session.h"
#include "proto/transcript.h"

namespace penstock::proto::fastcgi {

using Pairs = std::initializer_list<std::pair<std::string_view, std::string_view>>;

inline std::string pairs_of(Pairs pairs) {
  std::string out;
  for (const auto& [name, value] : pairs)
    append_pair(out, name, value);
  return out;
}

/// Writes records as a web server does.
class Wire {
 public:
  Wire& begin(std::uint16_t id, std::uint8_t flags = kKeepConnection,
              std::uint16_t role = kResponder) {
    append_begin(bytes_, id, {.role = role, .flags = flags});
    return *this;
  }
  Wire& record(std::uint8_t type, std::uint16_t id, std::string_view content,
               std::uint8_t padding = 0) {
    append_header(bytes_, {.type = type,
                           .id = id,
                           .content = static_cast<std::uint16_t>(content.size()),
                           .padding = padding});
    bytes_.append(content).append(padding, 'p');
    return *this;
  }
  Wire& params(std::uint16_t id, Pairs pairs) {
    return record(kParams, id, pairs_of(pairs)).record(kParams, id, "");
  }
  Wire& body(std::uint16_t id, std::string_view bytes) {
    if (!bytes.empty()) record(kStdin, id, bytes);
    return record(kStdin, id, "");
  }
  /// A request without a body for `path`.
  Wire& get(std::uint16_t id, std::string_view path) {
    return begin(id).params(id, {{"REQUEST_METHOD", "GET"}, {"PATH_INFO", path}}).body(id, "");
  }
  /// The head of a request with a body of `length` bytes.
  Wire& post(std::uint16_t id, std::string_view length) {
    return begin(id).params(
        id, {{"REQUEST_METHOD", "POST"}, {"PATH_INFO", "/"}, {"CONTENT_LENGTH", length}});
  }
  Wire& abort(std::uint16_t id) { return record(kAbortRequest, id, ""); }

  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

/// A session and what it says.
class Played {
 public:
  explicit Played(const Limits& limits = {},
                  Transcript::Answers answers = Transcript::Answers::AtOnce)
      : session_(make_session(Endpoints{}, limits)), transcript_(*session_, nullptr, answers) {}

  Played& feed(const Wire& wire) { return feed(wire.bytes()); }
  Played& feed(std::string_view bytes) {
    transcript_.feed(bytes);
    return *this;
  }
  Played& end() {
    transcript_.end();
    return *this;
  }
  const std::string& text() const { return transcript_.text(); }
  Session& session() { return *session_; }

 private:
  std::unique_ptr<Session> session_;
  Transcript transcript_;
};

/// The record that ends a request, as a transcript shows it.
inline std::string end_record(std::uint16_t id, ProtocolStatus status) {
  std::string record;
  append_end(record, id, 0, status);
  return record;
}

inline bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace penstock::proto::fastcgi
