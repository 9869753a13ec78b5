// SPDX-License-Identifier: MIT
#include "server/date.h"

#include <time.h>

#include <ctime>

#include "http/date.h"

namespace penstock::server {

std::string_view current_date() {
  struct Cache {
    std::time_t second = 0;
    http::ImfDate date{0};
  };
  thread_local Cache cache;
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME_COARSE, &now);
  if (now.tv_sec != cache.second) cache = {now.tv_sec, http::ImfDate(now.tv_sec)};
  return cache.date.text();
}

}  // namespace penstock::server
