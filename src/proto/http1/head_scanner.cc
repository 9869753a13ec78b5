// SPDX-License-Identifier: MIT
#include "proto/http1/head_scanner.h"

#include <algorithm>

#include "proto/http1/byte_finder.h"
#include "proto/http1/request_line.h"

namespace penstock::proto::http1 {

namespace {

constexpr http::Rejection kTls{400, "TLS spoken to a plain HTTP port"};

constexpr char kTlsHandshake = 0x16;

Fault fault_of(std::string_view head, std::size_t at) {
  if (head[at] == '\n') return &kBareLineFeed;
  if (head[at] == '\r') return &kBareCarriageReturn;
  return at == 0 && head[at] == kTlsHandshake ? &kTls : &kControlByte;
}

}  // namespace

HeadScanner::Finding HeadScanner::end_line(std::string_view head, std::size_t at) {
  if (line_start_ == at) return {.complete = true};  // an empty line
  if (line_start_ == 0) {
    RequestLine line;
    if (const Fault fault = parse_request_line(head.substr(0, at), line)) return {.fault = fault};
  }
  line_start_ = searched_ = at + 2;
  return {};
}

HeadScanner::Finding HeadScanner::scan(std::string_view head, const Limits& limits) {
  const std::size_t longest_line = std::min(limits.line_bytes, limits.head_bytes);
  const std::string_view text = head.substr(0, limits.head_bytes);
  ByteFinder finder(text, searched_);
  for (;;) {
    const std::size_t at = finder.next_control();
    if (line_start_ == 0 && at > longest_line) return {.fault = &kLongLine};
    if (at == text.size() || (head[at] == '\r' && at + 1 == text.size())) {
      searched_ = at;
      break;
    }
    if (head[at] != '\r' || head[at + 1] != '\n') return {.fault = fault_of(head, at)};
    const Finding finding = end_line(head, at);
    if (finding.complete || finding.fault != nullptr) return finding;
    finder.next_control();  // the line feed
  }
  if (text.size() < limits.head_bytes) return {};
  return {.fault = line_start_ == 0 ? &kLongLine : &kLongHead};
}

}  // namespace penstock::proto::http1
