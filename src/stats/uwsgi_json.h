// SPDX-License-Identifier: MIT
// A snapshot as the JSON of uWSGI's stats server, which uwsgitop and many agents read. What we
// know beyond it stands under keys of our own: "state", "connections", "running", "waiting",
// "queue_timeouts", "answers", "leaving" of workers, "age" of cores, "started_at" of the server.
#pragma once

#include <string>

#include "stats/snapshot.h"

namespace penstock::stats {

struct JsonOptions {
  bool minified = false;
  bool cores = true;
};

/// Bytes that are not UTF-8 become U+FFFD. Of a request that runs only method, URI and client
/// are shown: no header, so no cookie.
std::string uwsgi_json(const Snapshot& snapshot, const JsonOptions& options);

}  // namespace penstock::stats
