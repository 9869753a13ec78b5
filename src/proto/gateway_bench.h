// SPDX-License-Identifier: MIT
// The request that the benchmarks of the gateway protocols share: a browser's, as nginx with its
// stock parameters passes it on.
#pragma once

#include <benchmark/benchmark.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "proto/session.h"

namespace penstock::proto {

inline constexpr std::pair<std::string_view, std::string_view> kBenchVariables[] = {
    {"QUERY_STRING", "page=2&sort=asc"},
    {"REQUEST_METHOD", "GET"},
    {"CONTENT_TYPE", ""},
    {"CONTENT_LENGTH", ""},
    {"REQUEST_URI", "/articles/2024/04/index.html?page=2&sort=asc"},
    {"PATH_INFO", "/articles/2024/04/index.html"},
    {"DOCUMENT_ROOT", "/usr/share/nginx/html"},
    {"SERVER_PROTOCOL", "HTTP/1.1"},
    {"REQUEST_SCHEME", "http"},
    {"REMOTE_ADDR", "127.0.0.1"},
    {"REMOTE_PORT", "50000"},
    {"SERVER_PORT", "8080"},
    {"SERVER_NAME", "localhost"},
    {"HTTP_HOST", "www.example.com"},
    {"HTTP_USER_AGENT", "Mozilla/5.0 (X11; Linux x86_64; rv:125.0) Gecko/20100101 Firefox/125.0"},
    {"HTTP_ACCEPT", "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"},
    {"HTTP_ACCEPT_LANGUAGE", "en-US,en;q=0.5"},
    {"HTTP_ACCEPT_ENCODING", "gzip, deflate, br"},
    {"HTTP_REFERER", "https://www.example.com/articles/"},
    {"HTTP_CONNECTION", "keep-alive"},
    {"HTTP_COOKIE", "session=0123456789abcdef0123456789abcdef; theme=dark; csrftoken=abcdef"},
    {"HTTP_UPGRADE_INSECURE_REQUESTS", "1"},
    {"HTTP_SEC_FETCH_DEST", "document"},
    {"HTTP_SEC_FETCH_MODE", "navigate"},
    {"HTTP_SEC_FETCH_SITE", "same-origin"},
};

using MakeSession = std::unique_ptr<Session> (*)(const Endpoints&, const Limits&);

/// A connection with one request, from its first byte to End; the request object is used again.
inline void decode_one(benchmark::State& state, MakeSession make, std::string_view wire) {
  http::Request request;
  const Endpoints endpoints{"127.0.0.1", "50000", "localhost", "8080"};
  const Limits limits;
  for (auto _ : state) {
    request.reset();
    const auto session = make(endpoints, limits);
    std::string_view input = wire;
    Event event;
    do {
      event = session->next(input, request);
      input.remove_prefix(event.consumed);
    } while (event.kind != Event::Kind::End && event.kind != Event::Kind::Reject);
    if (event.kind == Event::Kind::Reject) return state.SkipWithError("refused");
    benchmark::DoNotOptimize(request);
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) *
                          static_cast<std::int64_t>(wire.size()));
}

/// A head of four fields, the framing of one part and the end.
inline void encode_one(benchmark::State& state, MakeSession make) {
  const auto session = make(Endpoints{}, Limits{});
  http::Request request;
  request.protocol = "HTTP/1.1";
  request.keep_alive = true;
  http::ResponseHead head;
  head.status_line = "200 OK";
  head.fields = {{"Content-Type", "text/html; charset=utf-8"},
                 {"Vary", "Cookie"},
                 {"X-Frame-Options", "DENY"},
                 {"Set-Cookie", "sessionid=0123456789abcdef; HttpOnly; Path=/; SameSite=Lax"}};
  Answer answer;
  answer.body_length = 1024;
  std::string out;
  for (auto _ : state) {
    out.clear();
    const Encoded encoded = session->encode_head(1, request, head, answer, out);
    session->begin_part(1, encoded.framing, 1024, out);
    session->end_part(1, encoded.framing, 1024, out);
    session->encode_end(1, encoded.framing, out);
    benchmark::DoNotOptimize(out);
  }
}

}  // namespace penstock::proto
