// SPDX-License-Identifier: MIT
#include "load/request.h"

#include <utility>
#include <vector>

#include "base/text.h"

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
      {"Sec-Fetch-Dest", "document"},
      {"Sec-Fetch-Mode", "navigate"},
      {"Sec-Fetch-Site", "same-origin"},
  };
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
  return bytes + "\r\n" + std::string(options.body_bytes, 'x');
}

void append_size(std::string& out, std::size_t size) {
  out.push_back(static_cast<char>(size & 0xff));
  out.push_back(static_cast<char>(size >> 8 & 0xff));
}

void append_variable(std::string& out, std::string_view name, std::string_view value) {
  append_size(out, name.size());
  out.append(name);
  append_size(out, value.size());
  out.append(value);
}

std::string variable_name(std::string_view field) {
  std::string name = "HTTP_";
  for (const char c : field)
    name.push_back(c == '-' ? '_' : text::upper(c));
  return name;
}

/// As nginx sends it with its uwsgi_params.
std::string uwsgi_request(const RequestOptions& options) {
  const std::size_t question = options.target.find('?');
  const bool has_query = question != options.target.npos;
  Pairs variables = {
      {"QUERY_STRING", has_query ? options.target.substr(question + 1) : std::string()},
      {"REQUEST_METHOD", options.method},
      {"CONTENT_TYPE", options.body_bytes > 0 ? std::string(kBodyType) : std::string()},
      {"CONTENT_LENGTH",
       options.body_bytes > 0 ? std::to_string(options.body_bytes) : std::string()},
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
  for (const auto& [name, value] : fields_of(options)) {
    variables.emplace_back(variable_name(name), value);
  }
  std::string block;
  for (const auto& [name, value] : variables)
    append_variable(block, name, value);
  std::string bytes(1, '\0');
  append_size(bytes, block.size());
  bytes.push_back('\0');
  return bytes + block + std::string(options.body_bytes, 'x');
}

}  // namespace

std::optional<Protocol> protocol_named(std::string_view name) {
  if (name == "http") return Protocol::Http;
  if (name == "uwsgi") return Protocol::Uwsgi;
  return std::nullopt;
}

std::string encode_request(Protocol protocol, const RequestOptions& options) {
  return protocol == Protocol::Http ? http_request(options) : uwsgi_request(options);
}

}  // namespace penstock::bench
