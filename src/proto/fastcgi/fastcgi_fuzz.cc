// SPDX-License-Identifier: MIT
// A FastCGI session says the same wherever the bytes are cut; it says of each request the same
// whether it comes alone or mixed with others; pairs that were written are read again.
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "proto/fastcgi/record.h"
#include "proto/fastcgi/session.h"
#include "proto/fastcgi/wire.h"
#include "proto/gateway_fuzz.h"

namespace {

using namespace penstock;
using namespace penstock::proto;
using namespace penstock::proto::fastcgi;

std::unique_ptr<Session> make(const Endpoints& endpoints, const Limits& limits) {
  return fastcgi::make_session(endpoints, limits);
}

/// What a session says of each request, in the order of that request alone.
class ByStream {
 public:
  explicit ByStream(Session& session) : session_(session) {}

  void feed(std::string_view bytes) {
    unread_ += bytes;
    while (!over_) {
      const std::vector<char> copy(unread_.begin(), unread_.end());
      const Event event = session_.next({copy.data(), copy.size()}, request_);
      note(event);
      unread_.erase(0, event.consumed);
      if (event.kind == Event::Kind::NeedInput) break;
    }
  }

  const std::map<std::uint32_t, std::string>& said() const { return said_; }
  bool over() const { return over_; }

 private:
  void note(const Event& event) {
    using Kind = Event::Kind;
    if (event.kind == Kind::NeedInput) return;
    std::string& text = said_[event.stream];
    std::string out;
    if (event.kind == Kind::Body) {
      text += event.data;
      return;
    }
    text += fmt::format("\n{} {} {} {}", static_cast<int>(event.kind), event.rejection.status,
                        event.rejection.reason, event.data);
    if (event.kind == Kind::Head) {
      check_gateway_request(request_);
      text += describe(request_) + "body ";
      request_.reset();
    }
    if (event.kind == Kind::Reject)
      session_.encode_rejection(event.stream, event.rejection, {}, out);
    if (event.kind == Kind::Cancel) session_.encode_abort(event.stream, out);
    if (event.kind == Kind::End) session_.encode_end(event.stream, http::Framing::None, out);
    over_ = !event.goes_on && (event.kind == Kind::Reject || event.kind == Kind::Reply);
  }

  Session& session_;
  http::Request request_;
  std::string unread_;
  std::map<std::uint32_t, std::string> said_;
  bool over_ = false;
};

/// Bytes as decisions.
class Script {
 public:
  explicit Script(std::string_view bytes) : bytes_(bytes) {}
  bool empty() const { return bytes_.empty(); }
  std::size_t number(std::size_t below) {
    if (bytes_.empty()) return 0;
    const auto byte = static_cast<unsigned char>(bytes_[0]);
    bytes_.remove_prefix(1);
    return byte % below;
  }
  std::string_view text(std::size_t most) {
    const std::string_view taken = bytes_.substr(0, most);
    bytes_.remove_prefix(taken.size());
    return taken;
  }

 private:
  std::string_view bytes_;
};

/// The records of one request: well-formed but where the script breaks them.
std::vector<std::string> request_records(std::uint16_t id, Script& script) {
  std::string pairs;
  append_pair(pairs, "REQUEST_METHOD", "PUT");
  append_pair(pairs, "PATH_INFO", "/" + std::to_string(id));
  const std::string body(script.text(script.number(40)));
  if (script.number(2) == 0) append_pair(pairs, "CONTENT_LENGTH", std::to_string(body.size()));
  if (script.number(4) == 0) pairs += script.text(8);
  if (script.number(3) == 0) append_pair(pairs, "HTTP_X_ODD", script.text(5));

  std::vector<std::string> records{Wire().begin(id).bytes()};
  const auto add = [&](std::uint8_t type, std::string_view content) {
    const auto padding = static_cast<std::uint8_t>(script.number(9));
    records.push_back(Wire().record(type, id, content, padding).bytes());
  };
  const auto add_stream = [&](std::uint8_t type, std::string_view bytes) {
    while (!bytes.empty()) {
      const std::string_view part = bytes.substr(0, 1 + script.number(60));
      bytes.remove_prefix(part.size());
      add(type, part);
      if (script.number(40) == 1) add(kAbortRequest, "");
    }
    add(type, "");
  };
  add_stream(kParams, pairs);
  add_stream(kStdin, body);
  if (script.number(6) == 1) add(static_cast<std::uint8_t>(script.number(256)), script.text(3));
  return records;
}

void check_mixed_as_alone(std::string_view bytes) {
  Script script(bytes);
  constexpr std::size_t kRequests = 5;
  std::array<std::vector<std::string>, kRequests> records;
  std::map<std::uint32_t, std::string> alone;
  for (std::size_t i = 0; i < kRequests; ++i) {
    const auto id = static_cast<std::uint16_t>(i * 50 + 1);
    records[i] = request_records(id, script);
    const auto session = make({}, Limits{});
    ByStream by_stream(*session);
    for (const std::string& record : records[i])
      by_stream.feed(record);
    if (by_stream.over()) return;  // an end of the whole connection: nothing to compare
    alone.insert(by_stream.said().begin(), by_stream.said().end());
  }

  const auto session = make({}, Limits{});
  ByStream mixed(*session);
  std::array<std::size_t, kRequests> at{};
  for (std::size_t left = 0;; left = 0) {
    for (std::size_t i = 0; i < kRequests; ++i)
      left += records[i].size() - at[i];
    if (left == 0) break;
    std::size_t which = script.number(kRequests);
    while (at[which] == records[which].size())
      which = (which + 1) % kRequests;
    mixed.feed(records[which][at[which]++]);
  }
  CHECK(!mixed.over());
  CHECK(mixed.said() == alone);
  CHECK(session->idle());
}

void check_write_then_read(std::string_view lines) {
  const NamesAndValues pairs = names_and_values(lines, 200000);
  std::string written;
  for (const auto& [name, value] : pairs)
    append_pair(written, name, value);
  PairReader reader(written);
  for (const auto& [name, value] : pairs) {
    const auto pair = reader.next();
    CHECK(pair && pair->name == name && pair->value == value);
  }
  CHECK(!reader.next() && reader.fault().empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  check_cuts(make, Limits{}, input);
  check_cuts(make, small_limits(), input);
  check_mixed_as_alone(input);
  check_write_then_read(input);
  return 0;
}
