// SPDX-License-Identifier: MIT
// How the parts of the parser say what is wrong with a message.
#pragma once

#include "http/response.h"

namespace penstock::proto::http1 {

/// Why a message is refused; null: it is not. Points to a constant.
using Fault = const http::Rejection*;

constexpr http::Rejection kControlByte{400, "control byte in a request head"};
constexpr http::Rejection kBareCarriageReturn{400, "carriage return without line feed"};
constexpr http::Rejection kBareLineFeed{400, "line feed without carriage return"};
constexpr http::Rejection kLongLine{414, "request line beyond the limit"};
constexpr http::Rejection kLongHead{431, "request head beyond the limit"};
constexpr http::Rejection kLongBody{413, "request body beyond the limit"};

}  // namespace penstock::proto::http1
