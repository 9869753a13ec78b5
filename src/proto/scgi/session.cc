// SPDX-License-Identifier: MIT
#include "proto/scgi/session.h"

#include <cstddef>
#include <cstdint>

#include "base/text.h"
#include "proto/cgi_request.h"
#include "proto/foreign.h"
#include "proto/one_request.h"
#include "proto/scgi/head.h"

namespace penstock::proto::scgi {

namespace {

constexpr std::string_view kLengthName = "CONTENT_LENGTH";

class ScgiSession final : public OneRequest {
 public:
  ScgiSession(const Endpoints& endpoints, const Limits& limits, HeadForm form)
      : OneRequest(endpoints, limits, form) {}

 private:
  Event read_head(std::string_view input, http::Request& request) override;
  Event reject_first_byte(std::string_view input);
  Event read_variables(std::string_view content, http::Request& request) const;
};

Event ScgiSession::read_head(std::string_view input, http::Request& request) {
  if (!text::is_digit(input[0])) return reject_first_byte(input);
  const NetstringFront front = read_netstring_front(input, limits().head_bytes);
  switch (front.state) {
    case NetstringFront::State::Incomplete:
      return {};
    case NetstringFront::State::Malformed:
      return reject(400, "an SCGI head that is no netstring");
    case NetstringFront::State::TooLong:
      return reject(431, "the SCGI head is larger than the limit allows");
    case NetstringFront::State::Complete:
      break;
  }
  if (input.size() - front.size <= front.content) return {};
  if (input[front.size + front.content] != ',')
    return reject(400, "an SCGI head that is no netstring");
  const std::string_view content = input.substr(front.size, front.content);
  Event event = read_variables(content, request);
  event.consumed = front.size + content.size() + 1;
  return event;
}

Event ScgiSession::reject_first_byte(std::string_view input) {
  switch (recognise_foreign(input)) {
    case Foreign::Perhaps:
      return {};
    case Foreign::Http:
      return reject_http("HTTP was spoken to an SCGI socket");
    case Foreign::Tls:
      return reject(400, "TLS was spoken to an SCGI socket");
    case Foreign::No:
      break;
  }
  return reject(400, "an SCGI head that is no netstring");
}

Event ScgiSession::read_variables(std::string_view content, http::Request& request) const {
  CgiRequest cgi(request, endpoints(), limits());
  VariableReader reader(content);
  std::size_t packet = 0;
  int lengths = 0;
  bool version = false;
  while (const auto variable = reader.next()) {
    const bool is_length = variable->name == kLengthName;
    if (request.variable_count == 0 && (!is_length || variable->value.empty()))
      return reject(400, "CONTENT_LENGTH is not the first SCGI variable");
    // A body that has two lengths is a body for two readers.
    if (is_length && ++lengths > 1) return reject(400, "CONTENT_LENGTH stands twice");
    version = version || (variable->name == "SCGI" && variable->value == "1");
    packet += 4 + variable->name.size() + variable->value.size();
    if (!cgi.add(variable->name, variable->value)) break;
  }
  if (!reader.fault().empty()) return reject(400, reader.fault());
  if (const auto refused = cgi.finish()) return reject(refused->status, refused->reason);
  if (!version) return reject(400, "the SCGI variable is not 1");
  request.packet_size = static_cast<std::uint32_t>(packet);
  return {.kind = Event::Kind::Head};
}

}  // namespace

std::unique_ptr<Session> make_session(const Endpoints& endpoints, const Limits& limits) {
  return make_session(endpoints, limits, HeadForm::Cgi);
}

std::unique_ptr<Session> make_session(const Endpoints& endpoints, const Limits& limits,
                                      HeadForm form) {
  return std::make_unique<ScgiSession>(endpoints, limits, form);
}

}  // namespace penstock::proto::scgi
