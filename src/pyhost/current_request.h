// SPDX-License-Identifier: MIT
// The request that the calling thread answers, for what Python code may ask of it.
#pragma once

#include "app/exchange.h"
#include "pyhost/call.h"

namespace penstock::pyhost {

/// Null outside of an application's call. Valid until that call returns; its thread only.
app::Exchange* current_request();
/// Its call; null likewise.
Call* current_call();

/// Says which request it is, for as long as it lives.
class CurrentRequest {
 public:
  explicit CurrentRequest(app::Exchange& exchange);
  /// The call that it became.
  void give(Call& call);
  ~CurrentRequest();
  CurrentRequest(const CurrentRequest&) = delete;
  CurrentRequest& operator=(const CurrentRequest&) = delete;
};

}  // namespace penstock::pyhost
