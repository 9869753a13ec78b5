// SPDX-License-Identifier: MIT
#include "config/protocol.h"

namespace penstock::config {

std::string_view protocol_name(Protocol protocol) {
  switch (protocol) {
    case Protocol::Http:
      return "http";
    case Protocol::Uwsgi:
      return "uwsgi";
    case Protocol::FastCgi:
      return "fastcgi";
    case Protocol::Scgi:
      return "scgi";
    case Protocol::FastCgiNph:
      return "fastcgi-nph";
    case Protocol::ScgiNph:
      return "scgi-nph";
  }
  return {};
}

std::optional<Protocol> parse_protocol(std::string_view name) {
  if (name == "http11") return Protocol::Http;
  for (const Protocol protocol : {Protocol::Http, Protocol::Uwsgi, Protocol::FastCgi,
                                  Protocol::Scgi, Protocol::FastCgiNph, Protocol::ScgiNph})
    if (name == protocol_name(protocol)) return protocol;
  return std::nullopt;
}

}  // namespace penstock::config
