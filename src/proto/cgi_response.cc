// SPDX-License-Identifier: MIT
#include "proto/cgi_response.h"

#include <fmt/format.h>

#include <cstddef>

#include "base/text.h"
#include "http/error_page.h"

namespace penstock::proto {

namespace {

constexpr std::string_view kStatusField = "Status";

void append_field(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

void append_number_field(std::string& out, std::string_view name, std::uint64_t value) {
  const fmt::format_int digits(value);
  append_field(out, name, {digits.data(), digits.size()});
}

/// What the front end said, as uWSGI echoes it; but a status line must be one.
std::string_view protocol_of(const http::Request& request) {
  return request.protocol.starts_with("HTTP/") ? request.protocol : "HTTP/1.0";
}

/// RFC 9112 wants the second blank without a reason too.
void append_status_line(std::string& out, std::string_view protocol, std::string_view status) {
  constexpr std::size_t kCodeSize = 3;
  out.append(protocol).append(" ").append(status);
  out.append(status.size() == kCodeSize ? " \r\n" : "\r\n");
}

http::Framing framing_of(const http::Request& request, const http::ResponseHead& head,
                         const Answer& answer) {
  if (request.head_request || http::forbids_body(head.status)) return http::Framing::None;
  return head.content_length || answer.body_length ? http::Framing::Length
                                                   : http::Framing::UntilClose;
}

/// In a 1xx and a 204 it must not stand (RFC 9110, section 8.6).
bool may_have_length(int status) {
  return status >= 200 && status != 204;
}

/// An application that answers HEAD without a body has not said that GET would have none.
bool adds_length(const http::ResponseHead& head, const Answer& answer, http::Framing framing) {
  if (head.content_length || !answer.body_length || !may_have_length(head.status)) return false;
  return framing == http::Framing::Length || (*answer.body_length > 0 && head.status != 304);
}

}  // namespace

http::Framing append_cgi_head(std::string& out, HeadForm form, const http::Request& request,
                              const http::ResponseHead& head, const Answer& answer) {
  if (form == HeadForm::Http)
    append_status_line(out, protocol_of(request), head.status_line);
  else
    append_field(out, kStatusField, head.status_line);

  const bool with_length = may_have_length(head.status);
  for (const http::Field& field : head.fields) {
    if (field.id == http::FieldId::ContentLength && !with_length) continue;
    // A second Status would be read as one.
    if (form == HeadForm::Cgi && text::equals_ignoring_case(field.name, kStatusField)) continue;
    append_field(out, field.name, field.value);
  }
  const http::Framing framing = framing_of(request, head, answer);
  if (adds_length(head, answer, framing))
    append_number_field(out, "Content-Length", *answer.body_length);
  out.append("\r\n");
  return framing;
}

void append_cgi_rejection(std::string& out, HeadForm form, const http::Rejection& rejection,
                          std::string_view explanation) {
  std::string page = http::error_page(rejection.status);
  if (!explanation.empty()) page.append(explanation).append("\n");
  out.append(form == HeadForm::Http ? "HTTP/1.1 " : "Status: ");
  http::append_status(out, rejection.status);
  out.append("\r\n");
  append_field(out, "Content-Type", http::kErrorPageType);
  append_number_field(out, "Content-Length", page.size());
  if (rejection.status == 503) append_field(out, "Retry-After", "1");
  if (form == HeadForm::Http) append_field(out, "Connection", "close");
  out.append("\r\n").append(page);
}

}  // namespace penstock::proto
