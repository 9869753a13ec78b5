// SPDX-License-Identifier: MIT
#include "http/response.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/text.h"

namespace penstock::http {

namespace {

unexpected<Error> bad_field(std::string_view name, std::string_view why) {
  std::string what = "response field \"";
  text::append_escaped(what, name);
  return fail(what.append("\": ").append(why));
}

Result<> check_status(ResponseHead& head) {
  const std::string_view line = head.status_line;
  const bool shaped = line.size() >= 3 && line[0] >= '1' && line[0] <= '5' &&
                      text::is_digit(line[1]) && text::is_digit(line[2]) &&
                      (line.size() == 3 || line[3] == ' ');
  if (!shaped || !is_field_value(line)) {
    std::string what = "response status \"";
    text::append_escaped(what, line);
    return fail(what.append("\": not a code from 100 to 599, a blank and a reason"));
  }
  head.status = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
  return {};
}

/// "close" and "keep-alive" are all that an application may say of the connection.
Result<> take_connection(ResponseHead& head, const Field& field) {
  std::string_view rest = field.value;
  for (;;) {
    const std::size_t comma = rest.find(',');
    const std::string_view option = text::trim(rest.substr(0, comma), " \t");
    if (text::equals_ignoring_case(option, "close"))
      head.close = true;
    else if (!option.empty() && !text::equals_ignoring_case(option, "keep-alive"))
      return bad_field(field.name, "only \"close\" and \"keep-alive\" are an application's to say");
    if (comma == rest.npos) return {};
    rest.remove_prefix(comma + 1);
  }
}

enum class Fate { Keep, TakeOut };

Result<Fate> take_content_length(ResponseHead& head, const Field& field) {
  const auto length = text::parse_unsigned(field.value);
  if (!length) return bad_field(field.name, "not a number");
  if (!head.content_length) {
    head.content_length = length;
    return Fate::Keep;
  }
  if (*head.content_length != *length) return bad_field(field.name, "given twice, with two values");
  return Fate::TakeOut;
}

/// Checks one field and notes what the encoders must know of it.
Result<Fate> take_field(ResponseHead& head, Field& field) {
  if (!is_token(field.name)) return bad_field(field.name, "the name is not a token");
  if (!is_field_value(field.value)) return bad_field(field.name, "the value holds a control byte");
  field.id = identify_field(field.name);
  switch (field.id) {
    case FieldId::Connection:
      TRY(take_connection(head, field));
      return Fate::TakeOut;
    case FieldId::ContentLength:
      return take_content_length(head, field);
    case FieldId::KeepAlive:
    case FieldId::ProxyConnection:
    case FieldId::Te:
    case FieldId::Trailer:
    case FieldId::TransferEncoding:
    case FieldId::Upgrade:
      return bad_field(field.name,
                       "hop-by-hop fields are the server's to send, not an application's");
    case FieldId::Date:
      head.has_date = true;
      return Fate::Keep;
    case FieldId::Server:
      head.has_server = true;
      return Fate::Keep;
    default:
      return Fate::Keep;
  }
}

struct Reason {
  int status;
  std::string_view phrase;
};

constexpr Reason kReasons[] = {
    {100, "Continue"},
    {101, "Switching Protocols"},
    {102, "Processing"},
    {103, "Early Hints"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {203, "Non-Authoritative Information"},
    {204, "No Content"},
    {205, "Reset Content"},
    {206, "Partial Content"},
    {207, "Multi-Status"},
    {208, "Already Reported"},
    {226, "IM Used"},
    {300, "Multiple Choices"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {305, "Use Proxy"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {402, "Payment Required"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {407, "Proxy Authentication Required"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {418, "I'm a Teapot"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {423, "Locked"},
    {424, "Failed Dependency"},
    {425, "Too Early"},
    {426, "Upgrade Required"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {451, "Unavailable For Legal Reasons"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
    {506, "Variant Also Negotiates"},
    {507, "Insufficient Storage"},
    {508, "Loop Detected"},
    {510, "Not Extended"},
    {511, "Network Authentication Required"},
};

}  // namespace

void ResponseHead::reset() {  // member by member, as Request::reset()
  status = 200;
  status_line = {};
  fields.clear();
  content_length.reset();
  has_date = has_server = close = false;
}

Result<> check_response_head(ResponseHead& head) {
  TRY(check_status(head));
  head.content_length.reset();
  head.has_date = head.has_server = false;
  auto kept = head.fields.begin();
  for (Field& field : head.fields) {
    const Fate fate = TRY(take_field(head, field));
    if (fate == Fate::Keep) *kept++ = field;
  }
  head.fields.erase(kept, head.fields.end());
  return {};
}

bool forbids_body(int status) {
  return status < 200 || status == 204 || status == 304;
}

std::string_view reason_phrase(int status) {
  const Reason* const found =
      std::lower_bound(std::begin(kReasons), std::end(kReasons), status,
                       [](const Reason& reason, int wanted) { return reason.status < wanted; });
  return found != std::end(kReasons) && found->status == status ? found->phrase : "Unknown";
}

}  // namespace penstock::http
