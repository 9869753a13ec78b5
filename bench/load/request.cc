// SPDX-License-Identifier: MIT
#include "load/request.h"

#include <utility>
#include <vector>

#include "base/text.h"
#include "proto/fastcgi/record.h"
#include "proto/scgi/head.h"
#include "proto/uwsgi/packet.h"

namespace penstock::bench {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

constexpr std::string_view kBodyType = "application/octet-stream";

Pairs fields_of(const RequestOptions& options) {
  if (!options.browser) {
    return {{"Host", "localhost:8000"}, {"User-Agent", "bench/1"}, {"Accept", "*/*"}};
  }
  return {
      {"Host", "www.example.com"},
      {"User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:125.0) Gecko/20100101 Firefox/125.0"},
      {"Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"},
      {"Accept-Language", "en-US,en;q=0.5"},
      {"Accept-Encoding", "gzip, deflate, br"},
      {"Referer", "https://www.example.com/articles/"},
      {"Cookie", "session=0123456789abcdef0123456789abcdef; theme=dark; csrftoken=abcdef"},
      {"Upgrade-Insecure-Requests", "1"},
      {"Sec-Fetch-Dest", "document"},
      {"Sec-Fetch-Mode", "navigate"},
      {"Sec-Fetch-Site", "same-origin"},
  };
}

std::string body_of(const RequestOptions& options) {
  return std::string(options.body_bytes, 'x');
}

std::string http_request(const RequestOptions& options) {
  std::string bytes = options.method + " " + options.target + " HTTP/1.1\r\n";
  for (const auto& [name, value] : fields_of(options))
    bytes += name + ": " + value + "\r\n";
  if (options.close) bytes += "Connection: close\r\n";
  if (options.body_bytes > 0) {
    bytes.append("Content-Type: ").append(kBodyType).append("\r\nContent-Length: ");
    bytes += std::to_string(options.body_bytes) + "\r\n";
  }
  return bytes + "\r\n" + body_of(options);
}

std::string variable_name(std::string_view field) {
  std::string name = "HTTP_";
  for (const char c : field)
    name.push_back(c == '-' ? '_' : text::upper(c));
  return name;
}

/// Without CONTENT_LENGTH.
Pairs variables_of(const RequestOptions& options) {
  const std::size_t question = options.target.find('?');
  const bool has_query = question != options.target.npos;
  Pairs variables = {
      {"QUERY_STRING", has_query ? options.target.substr(question + 1) : std::string()},
      {"REQUEST_METHOD", options.method},
      {"CONTENT_TYPE", options.body_bytes > 0 ? std::string(kBodyType) : std::string()},
      {"REQUEST_URI", options.target},
      {"PATH_INFO", options.target.substr(0, question)},
      {"DOCUMENT_ROOT", "/usr/share/nginx/html"},
      {"SERVER_PROTOCOL", "HTTP/1.1"},
      {"REQUEST_SCHEME", "http"},
      {"REMOTE_ADDR", "127.0.0.1"},
      {"REMOTE_PORT", "40000"},
      {"SERVER_PORT", "8000"},
      {"SERVER_NAME", "localhost"},
  };
  for (const auto& [name, value] : fields_of(options))
    variables.emplace_back(variable_name(name), value);
  return variables;
}

/// As nginx sends it, which leaves the length of no body empty.
std::string content_length(const RequestOptions& options) {
  return options.body_bytes > 0 ? std::to_string(options.body_bytes) : std::string();
}

std::string uwsgi_request(const RequestOptions& options) {
  std::string block;
  for (const auto& [name, value] : variables_of(options))
    proto::uwsgi::append_variable(block, name, value);
  proto::uwsgi::append_variable(block, "CONTENT_LENGTH", content_length(options));
  return proto::uwsgi::make_packet(block) + body_of(options);
}

std::string fastcgi_request(const RequestOptions& options) {
  using namespace proto::fastcgi;
  std::string pairs;
  for (const auto& [name, value] : variables_of(options))
    append_pair(pairs, name, value);
  append_pair(pairs, "CONTENT_LENGTH", content_length(options));
  std::string bytes;
  const std::uint8_t flags = options.close ? 0 : kKeepConnection;
  append_begin(bytes, 1, {.role = kResponder, .flags = flags});
  append_stream(bytes, kParams, 1, pairs);
  append_stream_end(bytes, kParams, 1);
  append_stream(bytes, kStdin, 1, body_of(options));
  append_stream_end(bytes, kStdin, 1);
  return bytes;
}

std::string scgi_request(const RequestOptions& options) {
  std::string content;
  proto::scgi::append_variable(content, "CONTENT_LENGTH", std::to_string(options.body_bytes));
  for (const auto& [name, value] : variables_of(options))
    proto::scgi::append_variable(content, name, value);
  proto::scgi::append_variable(content, "SCGI", "1");
  return proto::scgi::make_netstring(content) + body_of(options);
}

}  // namespace

std::optional<Protocol> protocol_named(std::string_view name) {
  if (name == "http") return Protocol::Http;
  if (name == "uwsgi") return Protocol::Uwsgi;
  if (name == "fastcgi") return Protocol::Fastcgi;
  if (name == "scgi") return Protocol::Scgi;
  return std::nullopt;
}

std::string encode_request(Protocol protocol, const RequestOptions& options) {
  switch (protocol) {
    case Protocol::Http:
      return http_request(options);
    case Protocol::Uwsgi:
      return uwsgi_request(options);
    case Protocol::Fastcgi:
      return fastcgi_request(options);
    case Protocol::Scgi:
      return scgi_request(options);
  }
  return {};
}

}  // namespace penstock::bench
