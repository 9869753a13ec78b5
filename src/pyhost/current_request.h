// SPDX-License-Identifier: MIT
// The request that the calling thread answers, for what Python code may ask of it.
#pragma once

#include "app/exchange.h"

namespace penstock::pyhost {

/// Null outside of an application's call. Valid until that call returns; its thread only.
app::Exchange* current_request();

/// Says which request it is, for as long as it lives.
class CurrentRequest {
 public:
  explicit CurrentRequest(app::Exchange& exchange);
  ~CurrentRequest();
  CurrentRequest(const CurrentRequest&) = delete;
  CurrentRequest& operator=(const CurrentRequest&) = delete;
};

}  // namespace penstock::pyhost
