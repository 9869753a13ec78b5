// SPDX-License-Identifier: MIT
#include "proto/uwsgi/session.h"

#include <array>
#include <cstddef>
#include <cstdint>

#include "proto/cgi_request.h"
#include "proto/foreign.h"
#include "proto/one_request.h"
#include "proto/uwsgi/packet.h"

namespace penstock::proto::uwsgi {

namespace {

using namespace std::literals;

// Modifier 100, no block, modifier 1: "I am here".
constexpr std::string_view kPong = "\x64\0\0\x01"sv;

constexpr std::string_view kNotServed = "uwsgi modifier ??? is not served here";

// "uwsgi modifier 5 is not served here", for each number: reasons are static text.
struct ModifierReason {
  std::array<char, kNotServed.size()> text{};
  std::size_t size = 0;
};
constexpr auto kModifierReasons = [] {
  std::array<ModifierReason, 256> reasons{};
  for (std::size_t number = 0; number < reasons.size(); ++number) {
    ModifierReason& reason = reasons[number];
    std::size_t hundreds = 100;
    while (hundreds > 1 && hundreds > number)
      hundreds /= 10;
    for (const char c : kNotServed) {
      if (c != '?')
        reason.text[reason.size++] = c;
      else if (hundreds != 0)
        reason.text[reason.size++] = static_cast<char>('0' + number / hundreds % 10);
      if (c == '?') hundreds /= 10;
    }
  }
  return reasons;
}();

std::string_view modifier_reason(std::uint8_t modifier) {
  const ModifierReason& reason = kModifierReasons[modifier];
  return {reason.text.data(), reason.size};
}

class UwsgiSession final : public OneRequest {
 public:
  UwsgiSession(const Endpoints& endpoints, const Limits& limits)
      : OneRequest(endpoints, limits, HeadForm::Http) {}

 private:
  Event read_head(std::string_view input, http::Request& request) override;
  Event reject_modifier(std::string_view input, std::uint8_t modifier);
  Event read_block(std::string_view block, PathInfo path_info, http::Request& request) const;
};

Event UwsgiSession::read_head(std::string_view input, http::Request& request) {
  if (input.size() < kPrefixSize) return {};
  const Prefix prefix = read_prefix(input);
  switch (prefix.modifier1) {
    case kRequest:
    case kRequestWithWholePath:
      break;
    case kPing:
      return {.kind = Event::Kind::Reply, .consumed = kPrefixSize, .data = kPong};
    default:
      return reject_modifier(input, prefix.modifier1);
  }
  if (prefix.block_size == 0) return reject(400, "a uwsgi packet without variables");
  if (prefix.block_size > limits().head_bytes)
    return reject(431, "the uwsgi block is larger than the limit allows");
  if (input.size() - kPrefixSize < prefix.block_size) return {};
  return read_block(
      input.substr(kPrefixSize, prefix.block_size),
      prefix.modifier1 == kRequest ? PathInfo::FollowsScriptName : PathInfo::HoldsScriptName,
      request);
}

Event UwsgiSession::reject_modifier(std::string_view input, std::uint8_t modifier) {
  switch (recognise_foreign(input)) {
    case Foreign::Http:
      return reject_http("HTTP was spoken to a uwsgi socket");
    case Foreign::Tls:
      return reject(400, "TLS was spoken to a uwsgi socket");
    case Foreign::Perhaps:  // four bytes are here: they decide
    case Foreign::No:
      break;
  }
  return reject(501, modifier_reason(modifier));
}

Event UwsgiSession::read_block(std::string_view block, PathInfo path_info,
                               http::Request& request) const {
  CgiRequest cgi(request, endpoints(), limits());
  BlockReader reader(block);
  while (const auto variable = reader.next())
    if (!cgi.add(variable->name, variable->value)) break;
  if (!reader.fault().empty()) return reject(400, reader.fault());
  if (const auto refused = cgi.finish(path_info)) return reject(refused->status, refused->reason);
  request.packet_size = static_cast<std::uint32_t>(block.size());
  return {.kind = Event::Kind::Head, .consumed = kPrefixSize + block.size()};
}

}  // namespace

std::unique_ptr<Session> make_session(const Endpoints& endpoints, const Limits& limits) {
  return std::make_unique<UwsgiSession>(endpoints, limits);
}

}  // namespace penstock::proto::uwsgi
