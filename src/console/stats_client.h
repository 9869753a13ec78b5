// SPDX-License-Identifier: MIT
// Asks a stats server, with or without HTTP.
#pragma once

#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "net/address.h"

namespace penstock::console {

class StatsClient {
 public:
  /// `where`: an address as in --stats, or http://HOST:PORT/PATH.
  static Result<StatsClient> create(const std::string& where);

  /// The JSON. Waits for at most `patience`.
  Result<std::string> fetch(milliseconds patience);

 private:
  StatsClient(std::string where, net::Address address, std::string path, bool by_http)
      : where_(std::move(where)), address_(address), path_(std::move(path)), by_http_(by_http) {}

  std::string where_;
  net::Address address_;
  std::string path_;
  bool by_http_;  // known, or found out when the server said nothing unasked
};

}  // namespace penstock::console
