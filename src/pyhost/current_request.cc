// SPDX-License-Identifier: MIT
#include "pyhost/current_request.h"

namespace penstock::pyhost {
namespace {

thread_local app::Exchange* current = nullptr;
thread_local Call* call_now = nullptr;

}  // namespace

app::Exchange* current_request() {
  return current;
}

Call* current_call() {
  return call_now;
}

CurrentRequest::CurrentRequest(app::Exchange& exchange) {
  current = &exchange;
}

void CurrentRequest::give(Call& call) {
  call_now = &call;
}

CurrentRequest::~CurrentRequest() {
  current = nullptr;
  call_now = nullptr;
}

}  // namespace penstock::pyhost
