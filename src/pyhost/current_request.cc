// SPDX-License-Identifier: MIT
#include "pyhost/current_request.h"

namespace penstock::pyhost {
namespace {

thread_local app::Exchange* current = nullptr;

}  // namespace

app::Exchange* current_request() {
  return current;
}

CurrentRequest::CurrentRequest(app::Exchange& exchange) {
  current = &exchange;
}

CurrentRequest::~CurrentRequest() {
  current = nullptr;
}

}  // namespace penstock::pyhost
