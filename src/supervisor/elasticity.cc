// SPDX-License-Identifier: MIT
#include "supervisor/elasticity.h"

#include <algorithm>

namespace penstock::supervisor {

int Elasticity::initial() const {
  if (config_.cheap) return 0;
  if (config_.initial != 0) return config_.initial;
  return config_.minimum != 0 ? config_.minimum : most_;
}

Elasticity::Advice Elasticity::advise(const Census& census, SteadyTime now) {
  Advice advice;
  if (census.requests || census.serving + census.starting == 0) quiet_since_.reset();
  if (!census.requests && !quiet_since_) quiet_since_ = now;
  if (config_.idle != 0ms && quiet_since_ && census.serving > 0 &&
      now - *quiet_since_ >= config_.idle) {
    quiet_since_.reset();
    spare_since_.reset();
    advice.sleep = true;
    return advice;
  }
  if (config_.minimum == 0) return advice;

  // One is kept to spare, so that the next request finds it.
  const bool has_spare = census.serving > config_.minimum && census.serving - census.busy >= 2;
  const bool is_quiet = census.serving > config_.minimum && census.busy == 0;
  if (!has_spare && !is_quiet) spare_since_.reset();
  if (census.busy == census.serving && census.starting == 0) {
    advice.more = std::clamp(config_.step, 0, std::max(0, most_ - census.serving));
  } else if (has_spare || is_quiet) {
    if (!spare_since_) spare_since_ = now;
    if (now - *spare_since_ >= config_.overload) {
      spare_since_ = now;
      advice.fewer = 1;
    }
  }
  return advice;
}

}  // namespace penstock::supervisor
