// SPDX-License-Identifier: MIT
#include "http/error_page.h"

#include <fmt/format.h>

#include <iterator>

#include "http/response.h"

namespace penstock::http {

void append_status(std::string& out, int status) {
  fmt::format_to(std::back_inserter(out), "{:03} {}", status, reason_phrase(status));
}

std::string error_page(int status) {
  std::string page;
  append_status(page, status);
  page += '\n';
  return page;
}

}  // namespace penstock::http
