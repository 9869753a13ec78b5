// SPDX-License-Identifier: MIT
#include "proto/http1/encoder.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cstdint>

#include "http/error_page.h"

namespace penstock::proto::http1 {

namespace {

using http::FieldId;
using http::Framing;

constexpr std::string_view kProtocol = "HTTP/1.1 ";
constexpr std::string_view kLineEnd = "\r\n";
constexpr std::string_view kServerLine = "Server: Penstock\r\n";
constexpr std::size_t kCodeSize = 3;

void append_number(std::string& out, std::uint64_t number, int base) {
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.begin(), digits.end(), number, base);
  out.append(digits.data(), end.ptr);
}

void append_line(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append(kLineEnd);
}

void append_status_line(std::string& out, std::string_view status_line) {
  out.append(kProtocol).append(status_line);
  if (status_line.size() == kCodeSize)
    out.push_back(' ');  // RFC 9112 wants it without a reason too
  out.append(kLineEnd);
}

/// A Content-Length says what a GET would bring where it answers HEAD or stands in a 304; in a
/// 1xx or 204 it must not stand.
bool may_have_length(int status) {
  return status >= 200 && status != 204;
}

void append_fields(std::string& out, const http::ResponseHead& head) {
  const bool with_length = may_have_length(head.status);
  for (const http::Field& field : head.fields) {
    if (field.id == FieldId::ContentLength && !with_length) continue;
    append_line(out, field.name, field.value);
  }
}

Framing framing_of(const http::Request& request, const http::ResponseHead& head,
                   const Answer& answer) {
  if (request.head_request || http::forbids_body(head.status)) return Framing::None;
  if (head.content_length || answer.body_length) return Framing::Length;
  return request.version == http::Version::Http11 ? Framing::Chunked : Framing::UntilClose;
}

/// The length that the application did not declare but the server knows. An application that
/// answers HEAD without a body has not said that GET would have none.
void append_known_length(std::string& out, const http::ResponseHead& head, const Answer& answer,
                         Framing framing) {
  if (head.content_length || !answer.body_length || !may_have_length(head.status)) return;
  if (framing == Framing::None && (*answer.body_length == 0 || head.status == 304)) return;
  out.append("Content-Length: ");
  append_number(out, *answer.body_length, 10);
  out.append(kLineEnd);
}

}  // namespace

Encoded append_head(std::string& out, const http::Request& request, const http::ResponseHead& head,
                    const Answer& answer) {
  const Framing framing = framing_of(request, head, answer);
  // Behind an interim status the peer waits for a final one. There is none: the end tells it.
  const bool final = head.status >= 200;
  const bool keep_alive = request.keep_alive && answer.may_keep_alive && !head.close && final &&
                          framing != Framing::UntilClose;
  append_status_line(out, head.status_line);
  append_fields(out, head);
  if (!head.has_date) append_line(out, "Date", answer.date);
  if (!head.has_server) out.append(kServerLine);
  append_known_length(out, head, answer, framing);
  if (framing == Framing::Chunked) out.append("Transfer-Encoding: chunked\r\n");
  if (!keep_alive)
    out.append("Connection: close\r\n");
  else if (request.version == http::Version::Http10)
    out.append("Connection: keep-alive\r\n");
  out.append(kLineEnd);
  return {framing, keep_alive};
}

void append_informational(std::string& out, const http::Request& request,
                          const http::ResponseHead& head) {
  if (request.version == http::Version::Http10) return;
  append_status_line(out, head.status_line);
  append_fields(out, head);
  out.append(kLineEnd);
}

void append_chunk_size(std::string& out, std::size_t size) {
  append_number(out, size, 16);
  out.append(kLineEnd);
}

void append_rejection(std::string& out, const http::Rejection& rejection, std::string_view date,
                      ErrorPage page) {
  const std::string text = http::error_page(rejection.status);
  out.append(kProtocol);
  http::append_status(out, rejection.status);
  out.append(kLineEnd);
  append_line(out, "Date", date);
  out.append(kServerLine);
  if (rejection.status == 405) out.append("Allow: GET, HEAD\r\n");
  if (rejection.status == 503) out.append("Retry-After: 1\r\n");
  append_line(out, "Content-Type", http::kErrorPageType);
  fmt::format_to(std::back_inserter(out), "Content-Length: {}\r\nConnection: close\r\n\r\n",
                 text.size());
  if (page == ErrorPage::Sent) out.append(text);
}

}  // namespace penstock::proto::http1
