// SPDX-License-Identifier: MIT
#include "proto/http1/request_line.h"

#include <algorithm>

#include "base/text.h"
#include "http/byte_class.h"
#include "http/field.h"
#include "http/host.h"

namespace penstock::proto::http1 {

namespace {

constexpr http::Rejection kNoRequestLine{400, "not an HTTP request line"};
constexpr http::Rejection kVersion{505, "HTTP version other than 1.0 and 1.1"};
constexpr http::Rejection kMethod{400, "method is not a token"};
constexpr http::Rejection kConnect{501, "CONNECT is for proxies"};
constexpr http::Rejection kTarget{400, "request target of no known form"};
constexpr http::Rejection kTargetBytes{400, "byte in the request target that no URI holds"};
constexpr http::Rejection kAuthority{400, "bad authority in the request target"};
constexpr http::Rejection kScheme{400, "request target is no http or https URI"};

constexpr std::size_t kProtocolSize = 8;  // "HTTP/1.1"

/// Reads " HTTP/1.x" at the end of the line.
Fault take_protocol(std::string_view line, RequestLine& out) {
  if (line.size() <= kProtocolSize) return &kNoRequestLine;
  const std::string_view protocol(line.data() + line.size() - kProtocolSize, kProtocolSize);
  if (line[line.size() - kProtocolSize - 1] != ' ') return &kNoRequestLine;
  out.protocol = protocol;
  if (protocol == "HTTP/1.1") {
    out.version = http::Version::Http11;
    return nullptr;
  }
  if (protocol == "HTTP/1.0") {
    out.version = http::Version::Http10;
    return nullptr;
  }
  const bool shaped = protocol.starts_with("HTTP/") && text::is_digit(protocol[5]) &&
                      protocol[6] == '.' && text::is_digit(protocol[7]);
  return shaped ? &kVersion : &kNoRequestLine;
}

/// Splits at the '?' of what is left of the target.
void split_path(std::string_view text, std::size_t question, RequestLine& out) {
  out.path = {text.data(), question};
  if (question == text.size()) return;
  text.remove_prefix(question + 1);
  out.query = text;
}

/// "http://authority/path?query".
Fault take_absolute(RequestLine& out) {
  const std::string_view target = out.target;
  const std::size_t colon = target.find("://");
  if (colon == target.npos) return &kTarget;
  const std::string_view scheme = target.substr(0, colon);
  if (!text::equals_ignoring_case(scheme, "http") && !text::equals_ignoring_case(scheme, "https"))
    return &kScheme;
  const std::string_view rest = target.substr(colon + 3);
  const std::size_t end = std::min(rest.find_first_of("/?"), rest.size());
  out.authority = rest.substr(0, end);
  if (!http::parse_host(out.authority)) return &kAuthority;
  const std::string_view path = rest.substr(end);
  split_path(path, std::min(path.find('?'), path.size()), out);
  if (out.path.empty()) out.path = "/";
  return nullptr;
}

Fault take_target(RequestLine& out) {
  const std::string_view target = out.target;
  if (target.empty()) return &kNoRequestLine;
  const http::TargetScan scan = http::scan_target(target);
  if (!scan.allowed) return &kTargetBytes;
  out.has_escape = scan.has_escape;
  if (out.method == "CONNECT") return &kConnect;
  if (target[0] == '/') {
    split_path(target, scan.question, out);
    return nullptr;
  }
  if (target == "*") {
    out.path = target;
    return out.method == "OPTIONS" ? nullptr : &kTarget;
  }
  return take_absolute(out);
}

}  // namespace

Fault parse_request_line(std::string_view line, RequestLine& out) {
  if (const Fault fault = take_protocol(line, out)) return fault;
  const std::size_t before_protocol = line.size() - kProtocolSize - 1;
  std::size_t blank = 0;  // there is one before the protocol
  while (line[blank] != ' ')
    ++blank;
  out.method = {line.data(), blank};
  if (!http::is_token(out.method)) return &kMethod;
  if (blank == before_protocol) return &kNoRequestLine;
  out.target = {line.data() + blank + 1, before_protocol - blank - 1};
  return take_target(out);
}

}  // namespace penstock::proto::http1
