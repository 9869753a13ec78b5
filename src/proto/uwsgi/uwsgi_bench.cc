// SPDX-License-Identifier: MIT
// What it costs to make a request of the packet that nginx sends, and to write a head.
#include <benchmark/benchmark.h>

#include <string>

#include "proto/gateway_bench.h"
#include "proto/uwsgi/packet.h"
#include "proto/uwsgi/session.h"

namespace {

using namespace penstock::proto;

std::string packet() {
  std::string block;
  for (const auto& [name, value] : kBenchVariables)
    uwsgi::append_variable(block, name, value);
  return uwsgi::make_packet(block);
}

void decode_uwsgi(benchmark::State& state) {
  decode_one(state, uwsgi::make_session, packet());
}
BENCHMARK(decode_uwsgi);

void encode_uwsgi(benchmark::State& state) {
  encode_one(state, uwsgi::make_session);
}
BENCHMARK(encode_uwsgi);

}  // namespace

BENCHMARK_MAIN();
