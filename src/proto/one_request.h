// SPDX-License-Identifier: MIT
// What uwsgi and SCGI have in common: a connection carries one request, a head with its length
// and CONTENT_LENGTH bytes, and the answer ends it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "proto/cgi_response.h"
#include "proto/session.h"

namespace penstock::proto {

/// All of such a protocol but its head.
class OneRequest : public Session {
 public:
  Event next(std::string_view input, http::Request& request) final;
  Event end_of_input(std::string_view input) final;
  std::uint64_t plain_body() const final { return state_ == State::Body ? body_left_ : 0; }
  bool idle() const final { return state_ == State::Start; }

  /// Nothing: the web server in front has sent its own.
  void encode_continue(std::uint32_t stream, std::string& out) final;
  /// Nothing: no web server relays interim answers of these protocols.
  void encode_informational(std::uint32_t stream, const http::Request& request,
                            const http::ResponseHead& head, std::string& out) final;
  Encoded encode_head(std::uint32_t stream, const http::Request& request,
                      const http::ResponseHead& head, const Answer& answer, std::string& out) final;
  void begin_part(std::uint32_t stream, http::Framing framing, std::size_t size,
                  std::string& out) final;
  void end_part(std::uint32_t stream, http::Framing framing, std::size_t size,
                std::string& out) final;
  void encode_end(std::uint32_t stream, http::Framing framing, std::string& out) final;
  void encode_rejection(std::uint32_t stream, const http::Rejection& rejection,
                        std::string_view date, std::string& out) final;

 protected:
  OneRequest(const Endpoints& endpoints, const Limits& limits, HeadForm form)
      : endpoints_(endpoints), limits_(limits), form_(form) {}

  /// Reads the head, whole or not at all: NeedInput, Head, Reject or Reply. `input` is not empty.
  virtual Event read_head(std::string_view input, http::Request& request) = 0;

  /// For a peer that speaks HTTP: the answer is an HTTP one and tells `reason` to the person.
  Event reject_http(std::string_view reason);
  static Event reject(int status, std::string_view reason);

  const Endpoints& endpoints() const { return endpoints_; }
  const Limits& limits() const { return limits_; }

 private:
  enum class State : std::uint8_t { Start, Head, Body, Done };

  Event read_body(std::string_view input);

  const Endpoints endpoints_;
  const Limits limits_;
  const HeadForm form_;
  State state_ = State::Start;
  bool peer_speaks_http_ = false;
  std::uint64_t body_left_ = 0;
};

}  // namespace penstock::proto
