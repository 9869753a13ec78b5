// SPDX-License-Identifier: MIT
// What every format of configuration file comes down to: names and values, in order.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace penstock::config {

struct Entry {
  std::string name;
  std::string value;  // empty for a bare name
  int line = 0;       // 0 where the format's reader does not say
};
using Entries = std::vector<Entry>;

/// Where and why a file cannot be read.
struct DocumentError {
  int line = 0;  // 0: the whole file
  std::string what;
};

template <class T>
using Parsed = Result<T, DocumentError>;

}  // namespace penstock::config
