// SPDX-License-Identifier: MIT
// The uwsgi protocol: a packet of variables, a body, an HTTP answer, one a connection. Modifiers
// 0 and 30 are requests, 100 is a ping; the others are refused.
#pragma once

#include <memory>

#include "proto/session.h"

namespace penstock::proto::uwsgi {

std::unique_ptr<Session> make_session(const Endpoints& endpoints, const Limits& limits);

}  // namespace penstock::proto::uwsgi
