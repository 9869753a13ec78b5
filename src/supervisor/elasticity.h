// SPDX-License-Identifier: MIT
// How many workers there should be. Pure: looks at what they do, and keeps the time.
#pragma once

#include <optional>

#include "base/clock.h"
#include "config/config.h"

namespace penstock::supervisor {

/// All workers of a moment.
struct Census {
  int serving = 0;
  int starting = 0;
  int busy = 0;           // of the serving: every app thread runs
  bool requests = false;  // any request since the last census, or one that runs
};

class Elasticity {
 public:
  Elasticity(const config::ElasticConfig& config, int most) : config_(config), most_(most) {}

  /// With how many to begin; 0: with the first connection.
  int initial() const;

  struct Advice {
    int more = 0;        // to start
    int fewer = 0;       // to end
    bool sleep = false;  // end all until somebody connects
  };
  Advice advise(const Census& census, SteadyTime now);

  bool is_fixed() const { return config_.minimum == 0 && config_.idle == 0ms; }

  static constexpr milliseconds kInterval{500};  // how often to ask

 private:
  const config::ElasticConfig config_;
  const int most_;
  std::optional<SteadyTime> spare_since_;
  std::optional<SteadyTime> quiet_since_;
};

}  // namespace penstock::supervisor
