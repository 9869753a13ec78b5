// SPDX-License-Identifier: MIT
// What it costs to make a request of the records that nginx sends, and to write an answer: on a
// connection for one request, and on one that stays.
#include <benchmark/benchmark.h>

#include <memory>
#include <string>

#include "proto/fastcgi/record.h"
#include "proto/fastcgi/session.h"
#include "proto/gateway_bench.h"

namespace {

using namespace penstock;
using namespace penstock::proto;

std::unique_ptr<Session> make(const Endpoints& endpoints, const Limits& limits) {
  return fastcgi::make_session(endpoints, limits);
}

std::string records(std::uint8_t flags) {
  using namespace fastcgi;
  std::string pairs;
  for (const auto& [name, value] : kBenchVariables)
    append_pair(pairs, name, value);
  std::string wire;
  append_begin(wire, 1, {.role = kResponder, .flags = flags});
  append_stream(wire, kParams, 1, pairs);
  append_stream_end(wire, kParams, 1);
  append_stream_end(wire, kStdin, 1);
  return wire;
}

void decode_fastcgi(benchmark::State& state) {
  decode_one(state, make, records(0));
}
BENCHMARK(decode_fastcgi);

void decode_fastcgi_kept_alive(benchmark::State& state) {
  const std::string wire = records(fastcgi::kKeepConnection);
  const auto session = make({"127.0.0.1", "50000", "localhost", "8080"}, Limits{});
  http::Request request;
  std::string out;
  for (auto _ : state) {
    request.reset();
    std::string_view input = wire;
    Event event;
    do {
      event = session->next(input, request);
      input.remove_prefix(event.consumed);
    } while (event.kind != Event::Kind::End);
    benchmark::DoNotOptimize(request);
    out.clear();
    session->encode_end(1, http::Framing::None, out);
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) *
                          static_cast<std::int64_t>(wire.size()));
}
BENCHMARK(decode_fastcgi_kept_alive);

void encode_fastcgi(benchmark::State& state) {
  encode_one(state, make);
}
BENCHMARK(encode_fastcgi);

}  // namespace

BENCHMARK_MAIN();
