// SPDX-License-Identifier: MIT
// What parsing a request and writing a response head cost.
#include <benchmark/benchmark.h>

#include <array>
#include <string>
#include <string_view>

#include "http/byte_class.h"
#include "proto/http1/session.h"

namespace penstock::proto::http1 {
namespace {

constexpr std::string_view kShort = "GET / HTTP/1.1\r\nHost: localhost:8080\r\nA: bcde\r\n\r\n";
static_assert(kShort.size() == 49);

constexpr std::string_view kBrowser =
    "GET /articles/2024/04/index.html?page=2&sort=asc HTTP/1.1\r\n"
    "Host: www.example.com\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:125.0) Gecko/20100101 Firefox/125.0\r\n"
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8\r\n"
    "Accept-Language: en-US,en;q=0.5\r\n"
    "Accept-Encoding: gzip, deflate, br\r\n"
    "Referer: https://www.example.com/articles/\r\n"
    "Connection: keep-alive\r\n"
    "Cookie: session=0123456789abcdef0123456789abcdef; theme=dark; csrftoken=abcdef\r\n"
    "Upgrade-Insecure-Requests: 1\r\n"
    "Sec-Fetch-Dest: document\r\n"
    "Sec-Fetch-Mode: navigate\r\n"
    "Sec-Fetch-Site: same-origin\r\n"
    "\r\n";
static_assert(kBrowser.size() > 550 && kBrowser.size() < 590);

constexpr std::string_view kPost =
    "POST /api/items HTTP/1.1\r\n"
    "Host: www.example.com\r\n"
    "Content-Type: application/json\r\n"
    "Content-Length: 16\r\n"
    "Accept: */*\r\n"
    "\r\n"
    "{\"name\": \"thing\"";

Endpoints endpoints() {
  return {"127.0.0.1", "50000", "localhost", "8080"};
}

/// A whole request, from its first byte to End.
void read_request(benchmark::State& state, std::string_view wire) {
  const auto session = make_session(endpoints(), Limits{});
  http::Request request;
  for (auto _ : state) {
    request.reset();
    std::string_view input = wire;
    Event event;
    do {
      event = session->next(input, request);
      input.remove_prefix(event.consumed);
    } while (event.kind != Event::Kind::End);
    benchmark::DoNotOptimize(request);
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) *
                          static_cast<std::int64_t>(wire.size()));
}
BENCHMARK_CAPTURE(read_request, short_49, kShort);
BENCHMARK_CAPTURE(read_request, browser, kBrowser);
BENCHMARK_CAPTURE(read_request, post, kPost);

void classify(benchmark::State& state) {
  const auto kernels = http::classify_kernels();
  const auto at = static_cast<std::size_t>(state.range(0));
  if (at >= kernels.size()) return state.SkipWithError("not on this processor");
  state.SetLabel(std::string(kernels[at].name));
  std::array<http::ByteBits, 4> blocks;
  for (auto _ : state) {
    kernels[at].run(kBrowser.data(), 256, blocks.data());
    benchmark::DoNotOptimize(blocks);
  }
}
BENCHMARK(classify)->Arg(0)->Arg(1)->Arg(2);

void write_head(benchmark::State& state) {
  const auto session = make_session(endpoints(), Limits{});
  http::Request request;
  request.keep_alive = true;
  http::ResponseHead head;
  head.status_line = "200 OK";
  head.fields = {{"Content-Type", "text/html; charset=utf-8"},
                 {"Content-Length", "12345"},
                 {"Cache-Control", "no-cache"}};
  if (!http::check_response_head(head)) return state.SkipWithError("bad head");
  std::string out;
  for (auto _ : state) {
    out.clear();
    session->encode_head(
        0, request, head,
        {.date = "Sun, 06 Nov 1994 08:49:37 GMT", .may_keep_alive = true, .body_length = {}}, out);
    benchmark::DoNotOptimize(out);
  }
}
BENCHMARK(write_head);

void check_head(benchmark::State& state) {
  http::ResponseHead head;
  head.status_line = "200 OK";
  head.fields = {{"Content-Type", "text/html; charset=utf-8"},
                 {"Content-Length", "12345"},
                 {"Cache-Control", "no-cache"}};
  for (auto _ : state)
    benchmark::DoNotOptimize(http::check_response_head(head));
}
BENCHMARK(check_head);

}  // namespace
}  // namespace penstock::proto::http1

BENCHMARK_MAIN();
