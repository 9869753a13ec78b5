// SPDX-License-Identifier: MIT
#include "proto/http1/head_parser.h"

#include <cstdint>

#include "http/header_policy.h"
#include "proto/http1/blanks.h"
#include "proto/http1/byte_finder.h"
#include "proto/http1/head_fields.h"
#include "proto/http1/request_line.h"

namespace penstock::proto::http1 {

namespace {

using http::FieldId;

constexpr http::Rejection kFieldName{400, "header line without a field name and a colon"};
constexpr http::Rejection kFolded{400, "folded header line"};
constexpr http::Rejection kManyFields{431, "more header fields than the limit"};

// What uWSGI's own HTTP socket makes of a request besides its fields: ten variables with these
// names. A uwsgi packet holds each name and value behind two bytes of length.
constexpr std::size_t kLengthBytes = 4;
constexpr std::size_t kVariables = 10;
constexpr std::string_view kVariableNames =
    "REQUEST_METHOD"
    "REQUEST_URI"
    "PATH_INFO"
    "QUERY_STRING"
    "SERVER_PROTOCOL"
    "SCRIPT_NAME"
    "SERVER_NAME"
    "SERVER_PORT"
    "REMOTE_PORT"
    "REMOTE_ADDR";
constexpr std::string_view kFieldPrefix = "HTTP_";  // but for Content-Length and Content-Type

class HeadParser {
 public:
  HeadParser(std::string_view input, const Limits& limits, http::Request& request)
      : text_(input.data()),
        size_(input.size()),
        limits_(limits),
        request_(request),
        finder_(input),
        known_(request) {}

  HeadResult parse(const Endpoints& endpoints) {
    std::size_t end = finder_.next_control();
    if (end > limits_.line_bytes) return {.fault = &kLongLine};
    if (!ends_line(end)) return open_line(end);
    finder_.next_control();
    if (const Fault fault = parse_request_line(between(0, end), line_)) return {.fault = fault};
    for (;;) {
      const std::size_t start = end + 2;
      if (start < size_ && text_[start] == '\r') {
        if (!ends_line(start)) return open_line(start);
        if (const Fault fault = known_.finish(line_, endpoints, limits_)) return {.fault = fault};
        count_variables();
        return {.size = start + 2};
      }
      const Name name = find_name(start);
      if (name.fault != nullptr) return {.fault = name.fault};
      if (name.end == size_) return {};
      end = finder_.next_control();
      if (!ends_line(end)) return open_line(end);
      finder_.next_control();
      if (const Fault fault = take_field(start, name, end)) return {.fault = fault};
    }
  }

 private:
  struct Name {
    std::size_t end;  // where its colon stands, or the input ends
    http::Underscore underscore;
    Fault fault;
  };

  bool ends_line(std::size_t at) const {
    return at + 1 < size_ && text_[at] == '\r' && text_[at + 1] == '\n';
  }

  /// The line does not end at `at`: it goes on beyond the input, or is broken.
  HeadResult open_line(std::size_t at) const {
    if (at == size_ || (text_[at] == '\r' && at + 1 == size_)) return {};
    return {.fault = &kControlByte};
  }

  Name find_name(std::size_t start) {
    const std::size_t end = finder_.no_name(start);
    if (end != start && end != size_ && text_[end] == ':')
      return {end, http::Underscore::Absent, nullptr};
    return find_rare_name(start, end);
  }

  /// Goes on from `at` past the rarer bytes of a token.
  Name find_rare_name(std::size_t start, std::size_t at) const {
    Name name{at, http::Underscore::Absent, nullptr};
    for (; name.end < size_ && text_[name.end] != ':'; ++name.end) {
      if (text_[name.end] == '_') name.underscore = http::Underscore::Present;
      if (http::is_token(between(name.end, name.end + 1))) continue;
      name.fault = is_blank(text_[start]) ? &kFolded : &kFieldName;
      return name;
    }
    if (name.end == start && start < size_) name.fault = &kFieldName;
    return name;
  }

  Fault take_field(std::size_t start, const Name& found, std::size_t end) {
    if (++fields_ > limits_.fields) return &kManyFields;
    const std::string_view name = between(start, found.end);
    const std::string_view value = trim_blanks(between(found.end + 1, end));
    field_bytes_ += name.size() + value.size();
    const FieldId id = http::identify_field(name);
    if (id != FieldId::Other) {
      if (const Fault fault = known_.take(id, value)) return fault;
    }
    if (http::request_field_policy(id, found.underscore) == http::FieldPolicy::Keep)
      add_field(name, value, id);
    return nullptr;
  }

  // Not by push_back({…}): a copy of just written members stalls for a dozen cycles.
  void add_field(std::string_view name, std::string_view value, FieldId id) {
    http::Field& field = request_.fields.emplace_back();
    field.name = name;
    field.value = value;
    field.id = id;
  }

  std::string_view between(std::size_t from, std::size_t to) const {
    return {text_ + from, to - from};
  }

  void count_variables() {
    const http::Request& r = request_;
    const std::size_t values = r.method.size() + r.target.size() + r.path.size() + r.query.size() +
                               r.protocol.size() + r.script_name.size() + r.server_name.size() +
                               r.server_port.size() + r.remote_port.size() +
                               r.remote_address.size();
    const std::size_t unprefixed = (r.has_content_type ? 1u : 0u) + (r.content_length ? 1u : 0u);
    const std::size_t variables = kVariables + fields_;
    request_.variable_count = static_cast<std::uint32_t>(variables);
    request_.packet_size =
        static_cast<std::uint32_t>(variables * kLengthBytes + kVariableNames.size() + values +
                                   field_bytes_ + (fields_ - unprefixed) * kFieldPrefix.size());
  }

  const char* const text_;
  const std::size_t size_;
  const Limits& limits_;
  http::Request& request_;
  ByteFinder finder_;
  RequestLine line_;
  HeadFields known_;
  std::size_t fields_ = 0;
  std::size_t field_bytes_ = 0;
};

}  // namespace

HeadResult parse_head(std::string_view input, const Endpoints& endpoints, const Limits& limits,
                      http::Request& request) {
  const std::string_view head = input.substr(0, limits.head_bytes);
  return HeadParser(head, limits, request).parse(endpoints);
}

}  // namespace penstock::proto::http1
