// SPDX-License-Identifier: MIT
#include "proto/http1/session.h"

#include <algorithm>

#include "proto/http1/chunked_decoder.h"
#include "proto/http1/encoder.h"
#include "proto/http1/head_parser.h"
#include "proto/http1/head_scanner.h"

namespace penstock::proto::http1 {

namespace {

using http::Framing;

constexpr http::Rejection kEmptyLines{400, "empty lines before a request"};
constexpr http::Rejection kHeadCut{400, "connection closed within a request head"};
constexpr http::Rejection kBodyCut{400, "connection closed within a request body"};

constexpr std::string_view kLineEnd = "\r\n";
constexpr std::uint8_t kMostEmptyLines = 2;

Event event(Event::Kind kind, std::size_t consumed, std::string_view data = {}) {
  Event made;
  made.kind = kind;
  made.consumed = consumed;
  made.data = data;
  return made;
}

class Http1Session final : public proto::Session {
 public:
  Http1Session(const Endpoints& endpoints, const Limits& limits)
      : endpoints_(endpoints), limits_(limits) {}

  Event next(std::string_view input, http::Request& request) override {
    switch (state_) {
      case State::Head:
        return next_head(input, request);
      case State::Length:
        return next_body(input);
      case State::Chunks:
        return next_chunk(input);
      case State::Last:
        return event(Event::Kind::Close, input.size());
      case State::Refused:
        break;
    }
    return refuse(fault_, input);
  }

  Event end_of_input(std::string_view input) override {
    const bool between = state_ == State::Head && skip_empty_lines(input).empty();
    if (between || state_ == State::Last || (state_ == State::Length && body_left_ == 0))
      return event(Event::Kind::Close, input.size());
    if (state_ == State::Refused) return refuse(fault_, input);
    return refuse(state_ == State::Head ? &kHeadCut : &kBodyCut, input);
  }

  std::uint64_t plain_body() const override { return state_ == State::Length ? body_left_ : 0; }

  bool idle() const override { return state_ == State::Head && scanner_.untouched(); }

  void encode_continue(std::uint32_t, std::string& out) override {
    out.append("HTTP/1.1 100 Continue\r\n\r\n");
  }

  void encode_informational(std::uint32_t, const http::Request& request,
                            const http::ResponseHead& head, std::string& out) override {
    append_informational(out, request, head);
  }

  Encoded encode_head(std::uint32_t, const http::Request& request, const http::ResponseHead& head,
                      const Answer& answer, std::string& out) override {
    return append_head(out, request, head, answer);
  }

  void begin_part(std::uint32_t, Framing framing, std::size_t size, std::string& out) override {
    if (framing == Framing::Chunked) append_chunk_size(out, size);
  }

  void end_part(std::uint32_t, Framing framing, std::size_t, std::string& out) override {
    if (framing == Framing::Chunked) out.append(kLineEnd);
  }

  void encode_end(std::uint32_t, Framing framing, std::string& out) override {
    if (framing == Framing::Chunked) out.append("0\r\n\r\n");
  }

  void encode_rejection(std::uint32_t, const http::Rejection& rejection, std::string_view date,
                        std::string& out) override {
    append_rejection(out, rejection, date, head_request_ ? ErrorPage::LeftOut : ErrorPage::Sent);
  }

 private:
  enum class State : std::uint8_t {
    Head,     // between requests or within a head
    Length,   // `body_left_` bytes of a body are to come
    Chunks,   // a chunked body is to come
    Last,     // the last request of this connection was read
    Refused,  // the peer broke the protocol
  };

  /// Takes empty lines off the front; clients of old send one behind a body.
  std::string_view skip_empty_lines(std::string_view input) {
    while (scanner_.untouched() && input.starts_with(kLineEnd)) {
      if (++empty_lines_ > kMostEmptyLines) break;
      input.remove_prefix(kLineEnd.size());
    }
    return input;
  }

  Event next_head(std::string_view input, http::Request& request) {
    const std::string_view head = skip_empty_lines(input);
    const std::size_t skipped = input.size() - head.size();
    if (empty_lines_ > kMostEmptyLines) return refuse(&kEmptyLines, input);
    if (head.empty()) return event(Event::Kind::NeedInput, skipped);
    head_request_ = false;

    HeadResult result;
    if (scanner_.untouched()) result = parse_head(head, endpoints_, limits_, request);
    if (result.size == 0) {
      result = scan_head(head, result, request);
      if (result.fault != nullptr) {
        head_request_ = head.starts_with("HEAD ");
        return refuse(result.fault, input);
      }
      if (result.size == 0) return event(Event::Kind::NeedInput, skipped);
    }
    begin_body(request);
    return event(Event::Kind::Head, skipped + result.size);
  }

  /// For a head that is not whole or not right, or came in pieces. `parsed` is what parsing it at
  /// once has given.
  HeadResult scan_head(std::string_view head, HeadResult parsed, http::Request& request) {
    const bool parsed_before = scanner_.untouched();
    const HeadScanner::Finding finding = scanner_.scan(head, limits_);
    if (finding.complete && !parsed_before) parsed = parse_head(head, endpoints_, limits_, request);
    if (parsed.size == 0) request.reset();
    if (finding.fault != nullptr) return {.fault = finding.fault};
    return finding.complete ? parsed : HeadResult{};
  }

  void begin_body(const http::Request& request) {
    scanner_.reset();
    empty_lines_ = 0;
    head_request_ = request.head_request;
    keep_alive_ = request.keep_alive;
    state_ = request.chunked ? State::Chunks : State::Length;
    body_left_ = request.content_length.value_or(0);
    if (request.chunked) chunks_.reset();
  }

  Event next_body(std::string_view input) {
    if (body_left_ == 0) return end_request(0);
    if (input.empty()) return {};
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(body_left_, input.size()));
    body_left_ -= size;
    return event(Event::Kind::Body, size, input.substr(0, size));
  }

  Event next_chunk(std::string_view input) {
    const ChunkedDecoder::Step step = chunks_.next(input, limits_);
    switch (step.kind) {
      case ChunkedDecoder::Step::Kind::Data:
        return event(Event::Kind::Body, step.consumed, step.data);
      case ChunkedDecoder::Step::Kind::End:
        return end_request(step.consumed);
      case ChunkedDecoder::Step::Kind::Broken:
        return refuse(step.fault, input);
      case ChunkedDecoder::Step::Kind::NeedInput:
        break;
    }
    return event(Event::Kind::NeedInput, step.consumed);
  }

  Event end_request(std::size_t consumed) {
    state_ = keep_alive_ ? State::Head : State::Last;
    return event(Event::Kind::End, consumed);
  }

  /// Whatever else the peer has sent is thrown away: it cannot be told what it was meant to be.
  Event refuse(Fault fault, std::string_view input) {
    state_ = State::Refused;
    fault_ = fault;
    Event refusal = event(Event::Kind::Reject, input.size());
    refusal.rejection = *fault;
    return refusal;
  }

  const Endpoints endpoints_;
  const Limits limits_;
  State state_ = State::Head;
  std::uint8_t empty_lines_ = 0;
  bool head_request_ = false;  // of the last head: its answer has no body
  bool keep_alive_ = false;    // after the request that is being read
  Fault fault_ = nullptr;
  std::uint64_t body_left_ = 0;
  HeadScanner scanner_;
  ChunkedDecoder chunks_;
};

static_assert(sizeof(Http1Session) <= 256);

}  // namespace

std::unique_ptr<proto::Session> make_session(const Endpoints& endpoints, const Limits& limits) {
  return std::make_unique<Http1Session>(endpoints, limits);
}

}  // namespace penstock::proto::http1
