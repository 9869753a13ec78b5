// SPDX-License-Identifier: MIT
#include "proto/one_request.h"

#include <algorithm>

namespace penstock::proto {

Event OneRequest::reject(int status, std::string_view reason) {
  return {.kind = Event::Kind::Reject, .rejection = {status, reason}};
}

Event OneRequest::reject_http(std::string_view reason) {
  peer_speaks_http_ = true;
  return reject(400, reason);
}

Event OneRequest::next(std::string_view input, http::Request& request) {
  switch (state_) {
    case State::Start:
    case State::Head: {
      if (input.empty()) return {};
      state_ = State::Head;
      const Event event = read_head(input, request);
      if (event.kind == Event::Kind::NeedInput) return event;
      state_ = event.kind == Event::Kind::Head ? State::Body : State::Done;
      body_left_ = request.content_length.value_or(0);
      return event;
    }
    case State::Body:
      return read_body(input);
    case State::Done:
      break;
  }
  return {.kind = Event::Kind::Close, .consumed = input.size()};
}

Event OneRequest::read_body(std::string_view input) {
  if (body_left_ == 0) {
    state_ = State::Done;
    return {.kind = Event::Kind::End};
  }
  if (input.empty()) return {};
  const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(input.size(), body_left_));
  body_left_ -= size;
  return {.kind = Event::Kind::Body, .consumed = size, .data = input.substr(0, size)};
}

Event OneRequest::end_of_input(std::string_view input) {
  const State before = state_;
  state_ = State::Done;
  if (before == State::Body) return reject(400, "the peer closed in the middle of a body");
  if (before == State::Head || (before == State::Start && !input.empty()))
    return reject(400, "the peer closed in the middle of a request head");
  return {.kind = Event::Kind::Close, .consumed = input.size()};
}

void OneRequest::encode_continue(std::uint32_t /*stream*/, std::string& /*out*/) {}

void OneRequest::encode_informational(std::uint32_t /*stream*/, const http::Request& /*request*/,
                                      const http::ResponseHead& /*head*/, std::string& /*out*/) {}

Encoded OneRequest::encode_head(std::uint32_t /*stream*/, const http::Request& request,
                                const http::ResponseHead& head, const Answer& answer,
                                std::string& out) {
  return {append_cgi_head(out, form_, request, head, answer), false};
}

void OneRequest::begin_part(std::uint32_t /*stream*/, http::Framing /*framing*/,
                            std::size_t /*size*/, std::string& /*out*/) {}

void OneRequest::end_part(std::uint32_t /*stream*/, http::Framing /*framing*/, std::size_t /*size*/,
                          std::string& /*out*/) {}

void OneRequest::encode_end(std::uint32_t /*stream*/, http::Framing /*framing*/,
                            std::string& /*out*/) {}

void OneRequest::encode_rejection(std::uint32_t /*stream*/, const http::Rejection& rejection,
                                  std::string_view /*date*/, std::string& out) {
  if (peer_speaks_http_)
    append_cgi_rejection(out, HeadForm::Http, rejection, rejection.reason);
  else
    append_cgi_rejection(out, form_, rejection, {});
}

}  // namespace penstock::proto
