// SPDX-License-Identifier: MIT
#include "proto/foreign.h"

#include <algorithm>
#include <cstddef>

namespace penstock::proto {

namespace {

// The methods of RFC 9110 and PATCH, and the first line of HTTP/2.
constexpr std::string_view kHttpStarts[] = {"GET ", "HEAD", "POST", "PUT ", "DELE",
                                            "OPTI", "PATC", "TRAC", "CONN", "PRI "};
constexpr std::string_view kTlsHandshake = "\x16\x03";  // RFC 8446, section 5.1
constexpr char kNewestTlsMinor = 4;

}  // namespace

Foreign recognise_foreign(std::string_view front) {
  Foreign answer = Foreign::No;
  const auto compare = [&](std::string_view start, Foreign which) {
    const std::size_t size = std::min(front.size(), start.size());
    if (front.substr(0, size) != start.substr(0, size)) return;
    answer = size < start.size() ? Foreign::Perhaps : which;
  };
  for (const std::string_view start : kHttpStarts)
    compare(start, Foreign::Http);
  compare(kTlsHandshake, front.size() < 3 ? Foreign::Perhaps : Foreign::Tls);
  if (answer == Foreign::Tls && (front[2] < 0 || front[2] > kNewestTlsMinor)) return Foreign::No;
  return answer;
}

}  // namespace penstock::proto
