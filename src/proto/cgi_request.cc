// SPDX-License-Identifier: MIT
#include "proto/cgi_request.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/text.h"
#include "http/header_policy.h"
#include "http/host.h"

namespace penstock::proto {

namespace {

constexpr std::string_view kFieldPrefix = "HTTP_";

// What a byte of a field name is behind HTTP_; 0 for bytes that a web server does not put there.
// Lower case and '-' are none: two variables would become one field.
constexpr auto kFieldBytes = [] {
  std::array<char, 256> bytes{};
  for (unsigned char c = 'A'; c <= 'Z'; ++c)
    bytes[c] = text::lower(static_cast<char>(c));
  for (const char c : std::string_view("0123456789!#$%&'*+.^`|~"))
    bytes[static_cast<unsigned char>(c)] = c;
  bytes['_'] = '-';
  return bytes;
}();

char field_byte(char c) {
  return kFieldBytes[static_cast<unsigned char>(c)];
}

bool is_field_variable(std::string_view name) {
  if (name.size() <= kFieldPrefix.size() || !name.starts_with(kFieldPrefix)) return false;
  name.remove_prefix(kFieldPrefix.size());
  return std::all_of(name.begin(), name.end(), [](char c) { return field_byte(c) != 0; });
}

/// Static names begin in lower case, names of variables never do.
bool is_upper_case(const http::Field& field) {
  return field.name[0] < 'a' || field.name[0] > 'z';
}

std::string_view name_of(const http::Field& field) {
  return field.name;
}
std::string_view name_of(const std::pair<std::string_view, std::string_view>& variable) {
  return variable.first;
}

/// Takes out all elements but the last of each name. Takes n log n steps whatever the names are.
template <class Element>
void keep_last(std::vector<Element>& elements) {
  std::vector<std::size_t> order(elements.size());
  for (std::size_t i = 0; i < order.size(); ++i)
    order[i] = i;
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return name_of(elements[a]) < name_of(elements[b]);
  });
  std::vector<bool> dropped(elements.size());
  for (std::size_t i = 1; i < order.size(); ++i)
    dropped[order[i - 1]] = name_of(elements[order[i - 1]]) == name_of(elements[order[i]]);
  std::size_t kept = 0;
  for (std::size_t i = 0; i < elements.size(); ++i)
    if (!dropped[i]) elements[kept++] = elements[i];
  elements.resize(kept);
}

/// For names that are too short for hash_name(), such as SCGI.
std::uint32_t short_hash(std::string_view name) {
  std::uint32_t hash = 0;
  for (const char c : name)
    hash = hash * 37 + static_cast<unsigned char>(c);
  return hash;
}

std::string_view as_scheme(std::string_view text) {
  if (text::equals_ignoring_case(text, "https")) return "https";
  if (text::equals_ignoring_case(text, "http")) return "http";
  return {};
}

/// "on" in any case, or a number that begins with 1.
bool is_on(std::string_view https) {
  return https.starts_with('1') || text::equals_ignoring_case(https.substr(0, 2), "on");
}

}  // namespace

bool CgiRequest::refuse(int status, std::string_view reason) {
  if (!refused_) refused_ = http::Rejection{status, reason};
  return false;
}

bool CgiRequest::repeated(std::size_t bit) {
  std::uint64_t& word = seen_[bit / 64];
  const std::uint64_t mask = std::uint64_t{1} << (bit % 64);
  const bool before = (word & mask) != 0;
  word |= mask;
  return before;
}

void CgiRequest::note_other(std::uint32_t hash) {
  if (repeated(kMostKnownNames + hash % kSharedBits)) maybe_repeated_ = true;
}

bool CgiRequest::add(std::string_view name, std::string_view value) {
  if (++request_.variable_count > limits_.variables)
    return refuse(431, "more variables than the limit allows");
  if (name.size() < kShortestKnownName) {
    note_other(short_hash(name));
    return add_other(name, value);
  }
  const std::uint32_t hash = hash_name(name);
  const FoundName found = find_known_name(name, hash);
  if (found.entry != nullptr) {
    // Only fields are kept in a list; a member is simply set again.
    if (repeated(found.place)) maybe_repeated_ = true;
    return add_known(*found.entry, value);
  }
  note_other(hash >> 16);
  if (!is_field_variable(name)) return add_other(name, value);
  name.remove_prefix(kFieldPrefix.size());
  upper_case_bytes_ += name.size();
  return add_field(name, value, http::FieldId::Other);
}

bool CgiRequest::add_field(std::string_view name, std::string_view value, http::FieldId id) {
  // The name's underscores are those of every CGI variable.
  if (http::request_field_policy(id, http::Underscore::Absent) == http::FieldPolicy::Drop)
    return true;
  if (!http::is_field_value(value)) return refuse(400, "a header field has a control byte");
  request_.fields.push_back({name, value, id});
  return true;
}

bool CgiRequest::add_other(std::string_view name, std::string_view value) {
  request_.variables.emplace_back(name, value);
  return true;
}

bool CgiRequest::set(std::string_view& member, std::string_view value) {
  if (!http::is_field_value(value)) return refuse(400, "a CGI variable has a control byte");
  member = value;
  return true;
}

bool CgiRequest::add_known(const KnownName& known, std::string_view value) {
  switch (known.meaning) {
    case CgiName::Field:
      return add_field(known.field, value, known.id);
    case CgiName::RequestMethod:
      return set(request_.method, value);
    case CgiName::RequestUri:
      return set(path_.target, value);
    case CgiName::PathInfo:
      path_.has_path_info = true;
      path_.path_info = value;  // decoded: any byte may stand in it
      return true;
    case CgiName::QueryString:
      has_query_ = true;
      return set(request_.query, value);
    case CgiName::ScriptName:
      path_.script_name = value;
      return true;
    case CgiName::ServerProtocol:
      return set(request_.protocol, value);
    case CgiName::ServerName:
      return set(request_.server_name, value);
    case CgiName::ServerPort:
      return set(request_.server_port, value);
    case CgiName::RemoteAddr:
      return set(request_.remote_address, value);
    case CgiName::RemotePort:
      return set(request_.remote_port, value);
    case CgiName::RemoteUser:
      return set(request_.remote_user, value);
    case CgiName::ContentType:
      return set(request_.content_type, value);
    case CgiName::ContentLength:
      content_length_ = value;
      return true;
    case CgiName::Https:
      https_ = value;
      break;
    case CgiName::RequestScheme:
      request_scheme_ = value;
      break;
    case CgiName::UwsgiScheme:
      uwsgi_scheme_ = value;
      break;
    case CgiName::DocumentUri:
      path_.document_uri = value;
      break;
    case CgiName::ScriptFilename:
      path_.script_filename = value;
      break;
  }
  return add_other(known.name, value);
}

std::optional<http::Rejection> CgiRequest::finish(PathInfo path_info) {
  if (refused_) return refused_;
  request_.trusted = true;
  if (maybe_repeated_) keep_last_of_each_name();
  if (!settle_method() || !settle_body()) return refused_;
  reserve_storage();
  lower_field_names();
  if (!settle_paths(path_info)) return refused_;
  settle_scheme();
  settle_server();
  return std::nullopt;
}

void CgiRequest::keep_last_of_each_name() {
  keep_last(request_.fields);
  keep_last(request_.variables);
}

// Views point into the storage, so it must not move once the first byte is in it.
void CgiRequest::reserve_storage() {
  std::size_t bytes = upper_case_bytes_;
  const std::size_t paths = path_.script_name.size() + path_.path_info.size();
  if (path_.target.empty())
    bytes += storage_needed(paths + path_.document_uri.size() + path_.script_filename.size() +
                            request_.query.size());
  else if (path_.path_info.empty())
    bytes += path_.target.size() + path_.script_filename.size();
  if (bytes == 0) return;
  std::string& storage = request_.storage;
  if (storage.empty())
    storage.reserve(bytes);
  else
    CHECK(storage.capacity() - storage.size() >= bytes);
}

void CgiRequest::lower_field_names() {
  if (upper_case_bytes_ == 0) return;
  std::string& storage = request_.storage;
  for (http::Field& field : request_.fields) {
    if (!is_upper_case(field)) continue;
    const std::size_t at = storage.size();
    for (const char c : field.name)
      storage.push_back(field_byte(c));
    field.name = std::string_view(storage).substr(at);
  }
}

bool CgiRequest::settle_method() {
  if (!http::is_token(request_.method)) {
    return refuse(400, request_.method.empty() ? "REQUEST_METHOD is missing"
                                               : "REQUEST_METHOD is not a token");
  }
  request_.head_request = request_.method == "HEAD";
  const std::string_view protocol = request_.protocol;
  request_.version =
      protocol.empty() || protocol == "HTTP/1.0" ? http::Version::Http10 : http::Version::Http11;
  return true;
}

bool CgiRequest::settle_body() {
  request_.has_content_type = !request_.content_type.empty();
  if (content_length_.empty()) return true;
  request_.content_length = text::parse_unsigned(content_length_);
  if (!request_.content_length) return refuse(400, "CONTENT_LENGTH is not a number");
  if (limits_.body_bytes != 0 && *request_.content_length > limits_.body_bytes)
    return refuse(413, "the body is larger than the limit allows");
  return true;
}

bool CgiRequest::settle_paths(PathInfo path_info) {
  const std::string_view target = path_.target;
  if (const auto wrong = settle_path(path_, path_info, request_.storage); !wrong.empty())
    return refuse(400, wrong);
  request_.script_name = path_.script_name;
  request_.path = path_.path_info;
  if (const std::size_t mark = target.find('?'); !has_query_ && mark != std::string_view::npos)
    request_.query = target.substr(mark + 1);
  request_.target = target;
  if (!target.empty()) return true;

  const std::size_t at = request_.storage.size();
  append_target(request_.storage, path_, request_.query);
  request_.target = std::string_view(request_.storage).substr(at);
  return true;
}

void CgiRequest::settle_scheme() {
  std::string_view scheme = as_scheme(uwsgi_scheme_);
  if (scheme.empty() && is_on(https_)) scheme = "https";
  if (scheme.empty()) scheme = as_scheme(request_scheme_);
  request_.scheme = scheme.empty() ? "http" : scheme;
}

void CgiRequest::settle_server() {
  for (const http::Field& field : request_.fields)
    if (field.id == http::FieldId::Host) request_.host = field.value;
  if (request_.server_port.empty()) request_.server_port = endpoints_.server_port;
  if (request_.server_port.empty())
    request_.server_port = request_.scheme == "https" ? "443" : "80";
  if (!request_.server_name.empty()) return;
  const auto host = http::parse_host(request_.host);
  request_.server_name = host ? host->name : endpoints_.server_name;
  if (request_.server_name.empty()) request_.server_name = "localhost";
}

}  // namespace penstock::proto
