// SPDX-License-Identifier: MIT
#include "server/port.h"

#include <algorithm>

#include "base/check.h"
#include "proto/http1/session.h"
#include "proto/scgi/session.h"
#include "proto/uwsgi/session.h"

namespace penstock::server {

bool Port::admits(const net::Address& peer) const {
  return !peers || peer.is_unix() ||
         std::find(peers->begin(), peers->end(), peer.host()) != peers->end();
}

std::unique_ptr<proto::Session> Port::new_session(const proto::Endpoints& endpoints,
                                                  const proto::Limits& limits) const {
  switch (protocol) {
    case config::Protocol::Http:
      return proto::http1::make_session(endpoints, limits);
    case config::Protocol::Uwsgi:
      return proto::uwsgi::make_session(endpoints, limits);
    case config::Protocol::FastCgi:
      return proto::fastcgi::make_session(endpoints, limits, capacity);
    case config::Protocol::Scgi:
      return proto::scgi::make_session(endpoints, limits);
    case config::Protocol::FastCgiNph:
      return proto::fastcgi::make_session(endpoints, limits, capacity, proto::HeadForm::Http);
    case config::Protocol::ScgiNph:
      return proto::scgi::make_session(endpoints, limits, proto::HeadForm::Http);
  }
  CHECK(false);
  return nullptr;
}

}  // namespace penstock::server
